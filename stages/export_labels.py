"""Export pseudo-labels for other tools: coco (JSON with run-length encoded masks), panoptic (COCO's
PNGs and JSON), labelme (polygons).

    python stages/export_labels.py coco --index index.json --labels labels/*/ --out voc_coco

VOC's own format needs no export: the labels are palette PNGs already.
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.export.registry import FORMATS
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    with atomic(args.out) as folder:
        folder.mkdir()
        photos = ((photo.id, labels[photo.id]) for photo in index.split(args.split))
        load(FORMATS[args.method].code)(index, photos, folder)


STAGE = Stage(__file__, __doc__, FORMATS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.output("out", "the folder to write into")

if __name__ == "__main__":
    STAGE.run(main)
