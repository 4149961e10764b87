"""Predict masks of any photos with a trained network: no table, no dataset.

    python stages/predict_photos.py work/STEP NEW_PHOTOS --out masks
    python stages/predict_photos.py default NEW_PHOTOS --out masks \\
        --configfile presets/laptop.yaml photos.yaml

The first argument is a network (its file model.safetensors, or the folder of it) or the name of a
recipe; the others are photos and folders of photos. Masks are palette PNGs under the photos' names.
Interrupted, the same command goes on. A network predicts with the settings below; a recipe with its
own, over which the settings that you type here win.
"""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from _network import add_network, add_network_options, find_given, load_given

from _project import Stage
from wsss.brought.account import Account
from wsss.brought.given_photos import GivenPhoto, find_photos, name_masks
from wsss.data.colours import class_colours, write_coloured
from wsss.data.images import read_photo
from wsss.data.shards import show_progress
from wsss.export.mask_folder import Made, MaskFolder, check_inside, claim
from wsss.nets.device import use_device
from wsss.plan.prediction import Ingredients
from wsss.report.extra_files import ENDINGS, ExtraFiles
from wsss.report.result import write_text
from wsss.run.artifacts import verify
from wsss.run.counted import counted
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.lock import holding
from wsss.run.settings import Settings
from wsss.segment.photo_predictor import PhotoPredictor
from wsss.segment.predict_settings import PredictSettings

BROKEN = "photos that cannot be read, which have no mask"
FAILED = "photos that cannot be predicted, which have no mask"


def main(args: Namespace, settings: PredictSettings) -> None:
    given_folders = {name: getattr(args, name) for name in ENDINGS}
    extras = ExtraFiles({name: path for name, path in given_folders.items() if path})
    check_folders(args, extras)
    account = Account()
    photos = find_photos(args.photos, [args.out, *extras.folders.values()], account)
    given = find_given(args, settings)
    predictor = load_given(given, use_device(args.device, args.threads))
    made_by = describe(given, predictor.settings)
    if extras.need_probabilities and not predictor.has_probabilities:
        raise UserError(f"predictions by '{predictor.method}' have no probabilities; ask for none")
    names = name_masks(photos)
    for folder in (args.out, *extras.folders.values()):
        claim(folder, made_by)
        check_inside(folder, names.values())
    with holding(args.out / ".lock"):
        make_masks(names, MaskFolder(args.out, made_by), predictor, extras, account)
    lines = [f"{label} {name}\n" for label, name in enumerate(predictor.labels)]
    write_text(args.out / "classes.txt", "".join(lines))
    tell(account, len(photos), args.out)


def make_masks(
    names: dict[GivenPhoto, str],
    masks: MaskFolder,
    predictor: PhotoPredictor,
    extras: ExtraFiles,
    account: Account,
) -> None:
    """Predict the photos whose files are not all there; `names` is photo -> mask."""
    todo = find_missing(names, masks, extras)
    if len(todo) < len(names):
        print(f"{len(names) - len(todo)} of {len(names)} masks are there already")
    for photo, mask in show_progress(todo):
        add_mask(photo, mask, predictor, masks, extras, account)
    masks.finish()


def check_folders(args: Namespace, extras: ExtraFiles) -> None:
    """UserError for a folder to write into that holds the photos, or is named twice."""
    outputs = [folder.resolve() for folder in (args.out, *extras.folders.values())]
    for folder in outputs:
        if outputs.count(folder) > 1:
            raise UserError(f"{folder} is named twice; give each output a folder of its own")
        for path in args.photos:
            if folder in (path.resolve(), *path.resolve().parents):
                raise UserError(
                    f"{folder} holds the photos; write into another folder, such as one in it"
                )


def describe(given: Ingredients, settings: Settings) -> dict[str, Any]:
    """All that masks depend on, as JSON."""
    digests = {}
    for name in ("model", "tagger", "priors"):
        path = getattr(given, name)
        digests[name] = verify(path) if path is not None else None
    superpixels = given.superpixels[1] if given.superpixels else None
    about = {"settings": settings.model_dump(mode="json"), "superpixels": superpixels}
    return {"method": given.method, **digests, **about}


def find_missing(
    names: dict[GivenPhoto, str], masks: MaskFolder, extras: ExtraFiles
) -> list[tuple[GivenPhoto, str]]:
    """The photos whose mask, or another file that was asked for, is not there, with their masks."""
    missing = []
    for photo, mask in names.items():
        if not masks.has(photo.name, mask, photo.size_and_time, list(extras.paths(mask).values())):
            missing.append((photo, mask))
    return missing


def add_mask(
    photo: GivenPhoto,
    mask: str,
    predictor: PhotoPredictor,
    masks: MaskFolder,
    extras: ExtraFiles,
    account: Account,
) -> None:
    """Predict a photo and write all files of it; one that cannot be read goes to the account."""
    what, size_and_time = BROKEN, photo.size_and_time
    try:
        pixels = read_photo(photo.path)
        what = FAILED
        found = predictor.predict(pixels)
    except UserError as error:
        if error.passes:
            raise
        account.problems[what].append(f"{photo.name}: {error}")
        return
    extras.write(mask, pixels, found, predictor.labels)
    with atomic(masks.folder / mask) as temporary:
        write_coloured(temporary, found.labels, class_colours(predictor.labels))
    present = [predictor.labels[label] for label in np.unique(found.labels) if label > 0]
    sure = "" if found.confidence is None else f"{found.confidence.mean():.3f}"
    masks.add(Made(photo.name, mask, ";".join(present), sure, size_and_time))


def tell(account: Account, photos: int, out: Path) -> None:
    """Print what was left out, and how many masks there are; UserError if there is none."""
    failed = len(account.problems[BROKEN]) + len(account.problems[FAILED])
    print("\n".join([*account.problem_lines(), f"{counted(photos - failed, 'mask')} in {out}"]))
    if failed == photos:
        raise UserError(f"none of the {photos} photos could be predicted; the lines above say why")


STAGE = Stage(__file__, __doc__, settings=PredictSettings)
add_network(STAGE)
STAGE.argument("photos", "photos, and folders of photos with any subfolders", nargs="+", type=Path)
STAGE.option("out", "the folder for the masks", required=True, type=Path)
STAGE.option("probabilities", "folder for the probabilities of all labels (.npz)", type=Path)
STAGE.option("confidence", "folder for the probability of the label (grey PNG)", type=Path)
STAGE.option("overlay", "folder for the photos with their masks in colours (JPEG)", type=Path)
add_network_options(STAGE)

if __name__ == "__main__":
    STAGE.run(main)
