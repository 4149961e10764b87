"""Methods that make superpixels, by name."""

from wsss.run.methods import Method

SUPERPIXELS = {
    "slic": Method(
        "wsss.superpixels.slic:slic_superpixels", "wsss.superpixels.slic_settings:SlicSettings"
    ),
}
