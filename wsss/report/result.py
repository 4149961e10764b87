"""The result of a recipe, as JSON and as a table: its score on a split, and the score of each
earlier step on train.

A *score* is the JSON that stages/score.py writes of one artifact. `head` says what a result is of:
`recipe`, `dataset`, `split`, `of` (what was scored: predictions, or the name of a step) and
`supervision` (what people had to know of the training photos: tags, boxes, masks).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.report.cost import cost_of, warnings_of
from wsss.run.artifacts import read_object
from wsss.run.files import atomic
from wsss.score.shares import find_vanishing

Json = dict[str, Any]
BESIDE_MIOU = ("interval", "boundary_miou", "frequency_weighted_iou", "foreground", "shares")
"""figures that stand beside a mIoU"""
RESULT_KEYS = (
    "miou",
    "precision",
    "recall",
    "images",
    "part_of",
    "per_class",
    "without_truth",
    "threshold",
    "oracle",
    "max_f",
    "mae",
    *BESIDE_MIOU,
)
"""what the JSON takes of the score of the recipe"""
STEP_KEYS = (
    "what",
    "kind",
    "miou",
    "threshold",
    "oracle",
    "precision",
    "recall",
    "coverage",
    "images",
    "max_f",
    "mae",
    *BESIDE_MIOU,
)
"""what the JSON takes of the score of an earlier step"""
MASKS_TRAIN = "labels are made of masks, and their mIoU on train compares these with themselves"
MIOU, PRECISION, RECALL = 28, 9, 6
"""columns of the table of steps, in characters; MIOU has room for `52.34 at 0.20, oracle 55.00`"""


def read_scores(pairs: Iterable[Sequence[str]]) -> dict[str, Json]:
    """Step -> score, from pairs of step and JSON file."""
    return {step: read_object(path) for step, path in pairs}


def result_json(head: Json, score: Json, steps: dict[str, Json]) -> Json:
    """The result for programs, from the recipe's score and the `steps`' scores on train.

    It holds `head`; `miou` and `per_class` in percent, `images` and what else the score has of
    RESULT_KEYS; `vanishing` (wsss.score.shares); and under `stages` STEP_KEYS of each step's score.
    """
    return {
        **head,
        **_select(score, RESULT_KEYS),
        "vanishing": find_vanishing(score, _labels(head, steps)),
        "stages": {name: _select(of_step, STEP_KEYS) for name, of_step in steps.items()},
    }


def _select(score: Json, keys: Sequence[str]) -> Json:
    """The part of a score under these keys; a key that it lacks is left out."""
    return {key: score[key] for key in keys if key in score}


def result_table(head: Json, score: Json, steps: dict[str, Json], folders: dict[str, str]) -> str:
    """The result as text: mIoU, a row a step with its score on train and its minutes, IoU by class.

    `steps` are the steps' scores on train, `folders` where their artifacts and costs are.
    """
    lines = [
        f"{head['dataset']} {head['split']}{_part(score)}, {head['of']} of recipe "
        f"{head['recipe']}: {_headline(score, head['split'])}",
        f"known of the training photos: {', '.join(head['supervision']) or 'nothing'}",
        *(f"warning: {line}" for line in warnings_of(folders)),
        "",
        *_table_of_steps(steps, folders),
        *([f"note: {MASKS_TRAIN}"] if trains_on_masks(head["supervision"]) else []),
    ]
    if score.get("miou") is not None:
        lines += ["", *_foreground(score), *_vanishing(score, _labels(head, steps))]
        lines += ["", f"{'class':<14}    IoU   given    true  (% of the pixels)"]
        lines += [_class_line(name, score) for name in score["per_class"]]
    return "\n".join(lines) + "\n"


def trains_on_masks(supervision: Iterable[str]) -> bool:
    """Whether the labels of some photos are their masks, by what people had to know."""
    return any(words.split(" of ")[0] == "masks" for words in supervision)


def _part(score: Json) -> str:
    """Of the score of a list: how many of which split's photos it has; "" for a split."""
    whole = score.get("part_of")
    if whole is None:
        return ""
    return f", {score['images']} of the {whole['images']} photos of {whole['split']}"


def _table_of_steps(steps: Mapping[str, Json], folders: Mapping[str, str]) -> list[str]:
    """A heading, and a row for each step in `folders`.

    A step with two artifacts has two scores: of a step `refine` with maps and labels, `refine` and
    `refine.labels`. The second one follows in a row of its own, without minutes.
    """
    width = width_of([*folders, *steps])
    lines = [f"{'step':<{width}}  {_columns('mIoU on train', 'precision', 'recall')}  minutes"]
    for step, folder in folders.items():
        lines.append(f"{step:<{width}}  {_cells(steps.get(step))}  {_minutes(folder)}")
        further = [name for name in steps if name.startswith(f"{step}.") and name not in folders]
        lines += [f"{name:<{width}}  {_cells(steps[name])}".rstrip() for name in further]
    return lines


def _foreground(score: Json) -> list[str]:
    """Lines on the foreground as a whole, all classes together; none where it has no figures."""
    found = score.get("foreground") or {}
    if found.get("recall") is None or found.get("background_bias") is None:
        return []
    precision = found["precision"]
    right = "no pixel is taken for foreground"
    if precision is not None:
        right = f"{precision:.1f} % of what is found is foreground"
    bias = found["background_bias"]
    return [
        f"foreground: {found['recall']:.1f} % of its pixels found, {found['right_class']:.1f} % "
        f"with the right class; {right}",
        f"background: {abs(bias):.1f} points {'less' if bias < 0 else 'more'} of the pixels than "
        "in truth",
    ]


def _labels(head: Json, steps: Mapping[str, Json]) -> Json:
    """The score of the labels that the network was trained on; {} where there are none."""
    return steps.get(head.get("trained_on") or "", {})


def _vanishing(score: Json, labels: Json) -> list[str]:
    """A warning where the prediction has lost half of a class of `labels` or more, else no line."""
    found = find_vanishing(score, labels)
    if not found:
        return []
    classes = ", ".join(found)
    return [f"warning: half of what the labels have of a class is predicted, or less: {classes}"]


def _class_line(name: str, score: Json) -> str:
    """IoU of a class, and the shares of the pixels that are given to it and truly its own."""
    value, share = score["per_class"][name], score.get("shares", {}).get(name)
    if value is None:
        return f"{name:<14} no true pixel"
    pixels = "" if share is None else f"  {share['given']:6.2f}  {share['true']:6.2f}"
    return f"{name:<14} {value:6.2f}{pixels}"


def width_of(names: Iterable[str]) -> int:
    """The width of a column of steps."""
    return max([11, *map(len, names)])


def _headline(score: Json, split: str) -> str:
    """The mIoU with its bootstrap interval and the figures beside it, or that there is no score on
    the split.
    """
    if score["what"] == "saliency":
        return _saliency(score).strip()
    if score["miou"] is None:
        return _say_why_not(score, split)
    low, high = score["interval"]
    at = f" at threshold {score['threshold']:.2f}" if "threshold" in score else ""
    more = [f"95 % bootstrap interval over photos {low:.2f} to {high:.2f}", *_beside(score)]
    return f"mIoU {score['miou']:.2f} %{at} over {score['images']} photos\n{'; '.join(more)}"


def _say_why_not(score: Json, split: str) -> str:
    """Why there is no mIoU."""
    if score["images"]:
        return (
            f"the masks of {score['images']} photos show no class, so there is no score; are their "
            "values the classes, 1 and up?"
        )
    return f"no photo of {split} has a mask, so there is no score"


def _beside(score: Json) -> list[str]:
    """Figures beside a mIoU, as far as its kind of artifact has them."""
    found = []
    if "oracle" in score:
        best = score["oracle"]
        found.append(
            f"{best['miou']:.2f} at {best['threshold']:.2f}, the best threshold by the true masks"
        )
    if "boundary_miou" in score:
        found.append(f"near borders {score['boundary_miou']:.2f}")
    if "frequency_weighted_iou" in score:
        found.append(f"weighted by frequency {score['frequency_weighted_iou']:.2f}")
    if score.get("recall") is not None:
        found.append(f"mean class accuracy {score['recall']:.2f}")
    return found


def _cells(score: Json | None) -> str:
    """The columns of a step from its mIoU to its recall; blank for a step that is not scored."""
    blank = _columns("", "", "")
    if score is None:
        return blank
    if score["what"] == "saliency":
        return f"{_saliency(score):<{len(blank)}}"
    if score["miou"] is None:
        return _columns("  no masks", "", "")
    miou = f"{score['miou']:5.2f}"
    if "oracle" in score:
        miou += f" at {score['threshold']:.2f}, oracle {score['oracle']['miou']:.2f}"
    return _columns(miou, f"{score['precision']:.2f}", f"{score['recall']:.2f}")


def _columns(miou: str, precision: str, recall: str) -> str:
    """Three cells in the columns of the table of steps, whose heading is set by this too."""
    return f"{miou:<{MIOU}}  {precision:>{PRECISION}}  {recall:>{RECALL}}"


def _saliency(score: Json) -> str:
    """The largest F-measure and the mean absolute error of saliency maps, and of which photos."""
    if score["max_f"] is None:
        return "  no masks"
    split = "held-out" if score["split"] == "heldout" else score["split"]
    return f"max F {score['max_f']:.1f}, MAE {score['mae']:.1f} ({score['images']} {split} photos)"


def _minutes(folder: str) -> str:
    cost = cost_of(folder)
    return "" if cost is None else f"{cost.seconds / 60:7.1f}"


def write_text(path: str | Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
