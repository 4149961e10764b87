"""Score a classifier on photos that it was not trained on: the mAP of the tags, and the consistency
of its maps, as one JSON file. Photos whose tags are not known are left out and counted.

    python stages/score_classifier.py --index index.json --model seam.safetensors --split val \\
        --out score.json
"""

from argparse import Namespace

from _project import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index, read_digests
from wsss.data.shards import photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.files import write_json
from wsss.score.classifier import classifier_score, find_unknown
from wsss.score.consistency_settings import ConsistencySettings


def main(args: Namespace, settings: ConsistencySettings) -> None:
    index = Index.load(args.index)
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, CLASSIFIERS, index.classes, device)
    unknown = find_unknown(index, args.split)
    if unknown:
        print(
            f"left out of the score: {len(unknown)} photos of {args.split} whose tags are not "
            f"known, the first: {unknown[0]}"
        )
    photos = (pair for pair in photos_of(index, args.split, None) if pair[0].id not in unknown)
    result = classifier_score(task, photos, index.classes, settings, device)
    write_json(args.out, {"split": args.split, "left_out": len(unknown), **result})


STAGE = Stage(__file__, __doc__, settings=ConsistencySettings)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the classifier")
STAGE.option("split", "the split to score", default="val")
STAGE.output("out", "the score (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
