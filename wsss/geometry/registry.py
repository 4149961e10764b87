"""Methods that make point clouds, give their points objectness, and project it, by name."""

from wsss.run.methods import Method

CLOUDS = {
    "voxels": Method(
        "wsss.geometry.cloud:write_cloud",
        "wsss.geometry.cloud_settings:CloudSettings",
        annotations=("depth", "camera", "pose"),
    ),
}
OBJECTNESS = {
    "boxes": Method(
        "wsss.geometry.box_objectness:from_boxes",
        "wsss.geometry.objectness_settings:BoxVoteSettings",
        annotations=("boxes",),
    ),
    "fuse": Method(
        "wsss.geometry.fused_objectness:from_predictions",
        "wsss.geometry.objectness_settings:FuseSettings",
        reads=("maps", "before"),
        needs=("maps", "before"),
    ),
}
PROJECTIONS = {
    "zbuffer": Method(
        "wsss.geometry.projection:project_photo",
        "wsss.geometry.projection_settings:ProjectionSettings",
        annotations=("boxes", "depth", "camera", "pose"),
    ),
}
