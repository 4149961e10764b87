"""Write the report of one recipe, or of several side by side: index.html, to be opened from disk.

    python stages/write_report.py --index index.json --recipes seam --steps cams \\
        --folders seam/cams=work/voc/... --artifacts seam/cams/train=maps/0-of-1.h5 \\
        --scores seam/cams/train=train.json --page report/index.html --pictures report/pictures
"""

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.photo import Photo
from wsss.data.shards import show_progress
from wsss.report.assembly import Json, Layers, PhotoFigures, ReportArguments, describe_layers
from wsss.report.coverage import Areas, summarise_coverage
from wsss.report.links import describe_files, link_photo
from wsss.report.page import page
from wsss.report.photos import PHOTO_BYTES, Layer, choose_photos, draw_photo
from wsss.report.report_settings import ReportSettings
from wsss.report.result import write_text
from wsss.run.artifacts import COMMAND, read_object
from wsss.run.files import atomic, check_room
from wsss.score.check import BADGES, FOUND_FROM


def draw_photos(
    args: Namespace,
    settings: ReportSettings,
    index: Index,
    photos: Sequence[tuple[str, Photo]],
    layers: Mapping[str, Layers],
    figures: Sequence[PhotoFigures],
) -> list[Json]:
    """Write the pictures of all photos; returns the rows of the gallery, one a photo."""
    rows = []
    with atomic(args.pictures) as folder:
        folder.mkdir()
        for n, (split, photo) in enumerate(show_progress(photos)):
            of_split = layers_of(layers, split)
            drawn, areas = draw_photo(folder / str(n), index, photo, of_split, settings)
            drawn["areas"] = [last_areas(found.get(split, ()), areas) for found in layers.values()]
            drawn["links"] = link_photo(args.page, index, photo, of_split)
            rows.append({"n": n, **describe_photo(photo, split, figures), **drawn})
    return rows


def last_areas(layers: Sequence[Layer], areas: Mapping[str, Areas]) -> Areas | None:
    """The areas of the last label map of a recipe; None where it has none."""
    found = [areas[layer.file] for layer in layers if layer.file in areas]
    return found[-1] if found else None


def layers_of(layers: Mapping[str, Layers], split: str) -> list[Layer]:
    """The layers of a split in any recipe; one that recipes share is there once."""
    found: dict[str, Layer] = {}
    for of_recipe in layers.values():
        for layer in of_recipe.get(split, ()):
            found[layer.file] = layer
    return list(found.values())


def describe_photo(photo: Photo, split: str, figures: Sequence[PhotoFigures]) -> Json:
    """Name, tags and split of a photo; and for each recipe its IoU, `iou`, the disagreement of the
    last two steps, `apart`, and what the check says of its mask: `benefit` and `badges`.
    """
    checks = [of_recipe.check.get(photo.id, {}) for of_recipe in figures]
    return {
        "name": photo.image,
        "tags": photo.tags,
        "split": split,
        "iou": [of_recipe.iou.get(split, {}).get(photo.id) for of_recipe in figures],
        "apart": [of_recipe.apart.get(photo.id) for of_recipe in figures],
        "benefit": [check.get("benefit") for check in checks],
        "badges": [check.get("badges", []) for check in checks],
    }


def describe_gallery(
    args: Namespace,
    index: Index,
    arguments: ReportArguments,
    summaries: Sequence[Json],
    layers: Mapping[str, Layers],
) -> Json:
    """What the page's scripts read besides the photos: labels, steps, recipes and the check."""
    recipes = []
    for summary in summaries:
        name, compared = summary["name"], summary["compared_titles"]
        described = describe_layers(layers[name], summary)
        recipes.append({"name": name, "layers": described, "compared": compared})
    check = {
        "badges": list(BADGES.values()),
        "lines": arguments.tag_lines(),
        "file": f"{index.name}_fixes.csv",
    }
    titles = {step: arguments.title_of(step) for step in args.steps}
    known = {"labels": index.labels, "steps": args.steps, "titles": titles}
    known["found_from"] = FOUND_FROM
    return {**known, "check": check, "recipes": recipes}


def describe_head(args: Namespace, index: Index) -> Json:
    """What the page says of itself: dataset, split, commands and files."""
    command = os.environ.get(COMMAND, "snakemake")
    return {
        "dataset": index.name,
        "split": args.split,
        "labels": index.labels,
        "command": f"{command} -- {args.page}",
        "make": command,
        "files": describe_files(args.page, args.files),
    }


def main(args: Namespace, settings: ReportSettings) -> None:
    index = Index.load(args.index)
    arguments = ReportArguments(
        recipes=args.recipes,
        about=args.about,
        known=args.known,
        folders=args.folders,
        scores=args.scores,
        artifacts=args.artifacts,
        models=args.models,
        agreement=args.agreement,
        check=args.check,
        trained_on=args.trained_on,
        titles=args.titles,
        clouds=args.clouds,
    )
    summaries, layers = arguments.summaries(), arguments.layers()
    splits = dict.fromkeys(split for found in layers.values() for split in found)
    figures = [arguments.by_photo(name) for name in args.recipes]
    photos, about = choose_photos(index, list(splits), settings.photos, figures[0].check)
    check_room(
        args.page,
        len(photos) * PHOTO_BYTES * len(args.recipes),
        f"a report of {len(photos)} photos",
    )
    rows = draw_photos(args, settings, index, photos, layers, figures)
    for k, summary in enumerate(summaries):
        masks = [(row["tags"], row["areas"][k]) for row in rows]
        summary["coverage"] = summarise_coverage(masks, index.labels)
    gallery = describe_gallery(args, index, arguments, summaries, layers)
    gallery |= {"about": about, "photos": rows}
    head = describe_head(args, index) | {"about": about}
    full = read_object(args.full) if args.full else None
    write_text(args.page, page(summaries, gallery, head, full))


STAGE = Stage(__file__, __doc__, settings=ReportSettings)
STAGE.index("the dataset's index", read_digests, reads=("mask",))
STAGE.option("recipes", "names of the recipes, in their order", nargs="+", required=True)
STAGE.option("about", "RECIPE=LINE: a line on each recipe", nargs="*", default=[])
STAGE.option(
    "known",
    "RECIPE=WORDS: what people had to know of the training photos",
    nargs="*",
    default=[],
)
STAGE.option(
    "trained_on",
    "RECIPE=STEP: the labels its network learned from",
    nargs="*",
    default=[],
)
STAGE.option("titles", "STEP=TITLE: what a step makes, in plain words", nargs="*", default=[])
STAGE.option("files", "WHAT=PATH: files to link to, where they are", nargs="*", default=[])
STAGE.option("steps", "the steps in their order", nargs="+", required=True)
STAGE.option("folders", "RECIPE/STEP=FOLDER: the steps' folders", nargs="+", required=True)
STAGE.input("artifacts", "RECIPE/STEP/SPLIT=SHARD: maps (.h5) and folders of labels", nargs="+")
STAGE.input(
    "scores",
    "RECIPE/STEP/SPLIT=JSON: scores, with their counts (.npz) beside them",
    nargs="*",
    default=[],
    required=False,
)
STAGE.input(
    "models",
    "RECIPE/STEP=MODEL: trained networks, for their loss curves",
    nargs="*",
    default=[],
    required=False,
)
STAGE.input(
    "agreement", "RECIPE=JSON: agreement between steps", nargs="*", default=[], required=False
)
STAGE.input("check", "RECIPE=JSON: checks of the masks", nargs="*", default=[], required=False)
STAGE.input("clouds", "RECIPE=PNG: pictures of point clouds", nargs="*", default=[], required=False)
STAGE.input("full", "score of full supervision (JSON), where it is known", required=False)
STAGE.option("split", "the split that predictions are scored on", default="val")
STAGE.output("pictures", "the folder of the pictures, beside the page")
STAGE.output("page", "the page (index.html)")

if __name__ == "__main__":
    STAGE.run(main)
