"""Export the CAMs of a trained classifier: one HDF5 file of `cam` maps for each shard.

python stages/export_cams.py cams --index index.json --model cam.safetensors --out maps.h5
"""

from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np

from _project import Stage
from wsss.cams.group_settings import GroupExportSettings
from wsss.cams.registry import EXPORTERS
from wsss.cams.settings import ExportSettings
from wsss.classify.registry import CLASSIFIERS
from wsss.data.images import read_photo
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapWriter, ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import MapWatch, note_seen
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.nets.models import count_epochs
from wsss.run.methods import load
from wsss.run.records import Json

Photos = Iterable[tuple[Photo, np.ndarray]]
"""the photos to export with their pixels"""


def main(args: Namespace, settings: ExportSettings) -> Json:
    watch = MapWatch()
    with map_writer(args.out, **settings.model_dump(mode="json", exclude_none=True)) as writer:
        if isinstance(settings, GroupExportSettings):
            measured = export_groups(args, settings, writer, watch)
            return {**measured, **note_seen(watch.seen())}
        index = Index.load(args.index, parse_shard(args.shard))
        for photo_id, item in export_alone(args, settings, index):
            writer.add(photo_id, item)
            watch.add(item)
    return note_seen(watch.seen())


def export_alone(
    args: Namespace, settings: ExportSettings, index: Index
) -> Iterator[tuple[str, ScoreMap]]:
    """The maps of photos that are seen alone."""
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, CLASSIFIERS, index.classes, device)
    export = load(EXPORTERS[args.method].code)
    for photo, pixels in photos_of(index, args.split, args.shard, args.out):
        yield photo.id, export(task.network, pixels, photo.tags, settings, device)


def export_groups(
    args: Namespace, settings: GroupExportSettings, writer: MapWriter, watch: MapWatch
) -> dict[str, float]:
    """Write the maps of photos that are seen with partners, which may lie in any shard. Returns the
    spread between groups.
    """
    index, device = Index.load(args.index), use_device(args.device, args.threads)
    model = partial(inference_task, args.model, CLASSIFIERS, index.classes, device)
    export = load(EXPORTERS[args.method].code)(
        model,
        count_epochs(args.model),
        index.split(args.split),
        lambda photo: read_photo(index.image_path(photo)),
        settings,
        device,
    )
    leaders: Callable[[], Photos] = partial(photos_of, index, args.split, args.shard, args.out)
    for photo_id, item in export.maps(leaders):
        writer.add(photo_id, item)
        watch.add(item)
    print(export.account(), end="", flush=True)
    measured: dict[str, float] = export.measured()
    return measured


STAGE = Stage(__file__, __doc__, EXPORTERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the classifier")
STAGE.option("split", "the split to export", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
