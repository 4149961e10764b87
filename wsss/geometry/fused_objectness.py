"""The objectness of a scene's points from a network's predictions (docs/methods.md#objectness)."""

from wsss.data.backgrounds import upsample
from wsss.geometry.fusion import Predicted
from wsss.geometry.objectness import Scene
from wsss.geometry.objectness_settings import FuseSettings
from wsss.geometry.smoothing import smooth
from wsss.geometry.votes import Objectness
from wsss.run.errors import UserError


def from_predictions(scene: Scene, settings: FuseSettings) -> tuple[Objectness, list[str]]:
    """The objectness of a scene's points, and the photos whose boxes counted before."""
    if scene.maps is None or scene.before is None:
        raise UserError(
            "objectness by fuse needs maps of a network and the objectness of before; give them "
            "with --maps and --before"
        )
    predicted = Predicted(scene.cloud.count, len(scene.index.classes))
    for photo_id in scene.cloud.photos:
        item = scene.maps[photo_id]
        predicted.add(scene.cloud.seen(photo_id), item.labels, upsample(item))
    fused = predicted.fuse(scene.before.read(), settings)
    return smooth(fused, scene.cloud.points(), settings), scene.before.boxed
