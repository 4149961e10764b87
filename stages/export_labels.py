"""Export pseudo-labels or predicted masks for other tools: coco (JSON with run-length encoded
masks), panoptic (COCO's PNGs and JSON), labelme (polygons), cvat (XML with masks), label_studio
(brushes).

    python stages/export_labels.py coco --index index.json --labels labels/*/ --out voc_coco

VOC's own format needs no export: the labels are palette PNGs already.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from _project import Stage
from wsss.brought.fixes import find_marked
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.shards import show_progress
from wsss.export.cleaning import clean_labels
from wsss.export.registry import FORMATS
from wsss.export.settings import ExportSettings
from wsss.run.files import atomic
from wsss.run.methods import load


def main(args: Namespace, settings: ExportSettings) -> None:
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    with atomic(args.out) as folder:
        folder.mkdir()
        photos = labels_of(index, args.split, labels, settings)
        load(FORMATS[args.method].code)(index, photos, folder, settings)


def labels_of(
    index: Index, split: str, labels: LabelFolder, settings: ExportSettings
) -> Iterator[tuple[str, np.ndarray]]:
    """The id and the label map of each photo, as it is exported."""
    marked = None if settings.marked is None else find_marked(Path(settings.marked), index)
    for photo in show_progress(index.split(split)):
        if marked is not None and photo.id not in marked:
            continue
        yield photo.id, clean_labels(labels[photo.id], settings)


STAGE = Stage(__file__, __doc__, FORMATS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.output("out", "the folder to write into")

if __name__ == "__main__":
    STAGE.run(main)
