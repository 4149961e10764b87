"""Settings of labels from projected objectness."""

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.crf.settings import CrfSettings


class ProposalSettings(CrfSettings):
    """Labels from maps that know nothing of some pixels, such as projected objectness, by a dense
    CRF that may see depth (docs/methods.md#projection).
    """

    depth: PositiveFloat | None = 0.2
    """deviation of the appearance kernel in metres of depth; null leaves depth out"""
    ignore_below: float = Field(0.5, ge=0, le=1)
    """pixels whose most likely label has a lower probability become 255 (ignore)"""
    fill: bool = False
    """whether pixels of which the map knows nothing take the label that the CRF gives them; else
    they become 255"""

    most_pixels: PositiveInt = 100_000
    """larger photos are shrunk to this many pixels for the CRF, and its result is enlarged again;
    maps have fewer cells than photos have pixels"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words; the photos' depth is no
        annotation."""
        return ()
