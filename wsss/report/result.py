"""The result of a recipe: its score on a split, and the score of each earlier stage on train."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.report.cost import cost_of
from wsss.run.files import atomic
from wsss.score.shares import find_vanishing, last_labels

Json = dict[str, Any]
MORE = ("interval", "boundary_miou", "frequency_weighted_iou", "foreground", "shares")
"""figures that are shown beside a mIoU"""


def read_scores(pairs: Iterable[Sequence[str]]) -> dict[str, Json]:
    """Step -> score, from pairs of step and JSON file."""
    return {step: json.loads(Path(path).read_text()) for step, path in pairs}


def result_json(head: Json, score: Json, stages: dict[str, Json]) -> Json:
    """`miou` in percent, `per_class`, `images`, `stages`: each stage's score on train."""
    keep = (
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
        *MORE,
    )
    rows = {step: _kept(score_of_step, keep) for step, score_of_step in stages.items()}
    of_result = (
        "miou",
        "images",
        "per_class",
        "without_truth",
        "threshold",
        "oracle",
        "max_f",
        "mae",
        *MORE,
    )
    return {
        **head,
        **_kept(score, of_result),
        "vanishing": find_vanishing(score, last_labels(stages)),
        "stages": rows,
    }


def _kept(score: Json, keys: Sequence[str]) -> Json:
    """What a score says under these keys."""
    return {key: score[key] for key in keys if key in score}


def result_table(head: Json, score: Json, stages: dict[str, Json], folders: dict[str, str]) -> str:
    """Text: mIoU, IoU by class, and a row a stage with its score on train and its minutes."""
    width = width_of([*folders, *stages])
    lines = [
        f"{head['dataset']} {head['split']}, {head['of']} of recipe {head['recipe']}: "
        f"{_miou(score)}",
        f"known of the training photos: {', '.join(head['supervision']) or 'nothing'}",
        "",
        f"{'stage':<{width}}  mIoU on train           precision  recall  minutes",
    ]
    for step, folder in folders.items():
        lines.append(f"{step:<{width}}  {_figures(stages.get(step))}  {_minutes(folder)}")
        further = [name for name in stages if name.startswith(f"{step}.") and name not in folders]
        lines += [f"{name:<{width}}  {_figures(stages[name])}".rstrip() for name in further]
    if score.get("miou") is None:
        return "\n".join(lines) + "\n"
    lines += ["", *_foreground(score), *_vanishing(score, stages)]
    lines += ["", f"{'class':<14}    IoU   given    true  (% of the pixels)"]
    lines += [_class_line(name, score) for name in score["per_class"]]
    return "\n".join(lines) + "\n"


def _foreground(score: Json) -> list[str]:
    """The foreground as a whole: what is found of it, and what is found that is none."""
    found = score.get("foreground") or {}
    if found.get("recall") is None or found.get("precision") is None:
        return []
    return [
        f"foreground: {found['recall']:.1f} % of its pixels found, {found['right_class']:.1f} % "
        f"with the right class; {found['precision']:.1f} % of what is found is foreground",
        f"background: given to {found['background_bias']:+.1f} points of the pixels against truth",
    ]


def _vanishing(score: Json, stages: Mapping[str, Json]) -> list[str]:
    found = find_vanishing(score, last_labels(stages))
    if not found:
        return []
    classes = ", ".join(found)
    return [f"warning: half of what the labels have of a class is predicted, or less: {classes}"]


def _class_line(name: str, score: Json) -> str:
    value, share = score["per_class"][name], score.get("shares", {}).get(name)
    if value is None:
        return f"{name:<14} no true pixel"
    pixels = "" if share is None else f"  {share['given']:6.2f}  {share['true']:6.2f}"
    return f"{name:<14} {value:6.2f}{pixels}"


def width_of(names: Iterable[str]) -> int:
    """The width of a column of steps."""
    return max([11, *map(len, names)])


def _miou(score: Json) -> str:
    """The mIoU, its interval over photos, and what else there is of it; or that there is none."""
    if score["what"] == "saliency":
        return _saliency(score).strip()
    if score["miou"] is None:
        return "no photo has a mask, so there is no score"
    low, high = score["interval"]
    at = f" at threshold {score['threshold']:.2f}" if "threshold" in score else ""
    more = [f"{low:.2f} to {high:.2f} over other draws of photos (95 %)", *_beside(score)]
    return f"mIoU {score['miou']:.2f} %{at} over {score['images']} photos\n{'; '.join(more)}"


def _beside(score: Json) -> list[str]:
    """Figures beside a mIoU, of the kinds of artifacts that have them."""
    found = []
    if "oracle" in score:
        best = score["oracle"]
        found.append(
            f"{best['miou']:.2f} at the oracle threshold {best['threshold']:.2f}, which the masks "
            "chose"
        )
    if "boundary_miou" in score:
        found.append(f"near borders {score['boundary_miou']:.2f}")
    if "frequency_weighted_iou" in score:
        found.append(f"weighted by frequency {score['frequency_weighted_iou']:.2f}")
    return found


def _figures(score: Json | None) -> str:
    if score is not None and score["what"] == "saliency":
        return f"{_saliency(score):<40}"
    if score is None or score["miou"] is None:
        return f"{'' if score is None else '  no masks':<40}"
    note = (
        f" at {score['threshold']:.2f}, oracle {score['oracle']['miou']:.2f}"
        if "oracle" in score
        else ""
    )
    return f"{score['miou']:5.2f}{note:<19}  {score['precision']:8.2f}  {score['recall']:6.2f}"


def _saliency(score: Json) -> str:
    over = (
        f"{score['images']} {'held-out' if score['split'] == 'heldout' else score['split']} photos"
    )
    return (
        "  no masks"
        if score["max_f"] is None
        else f"max F {score['max_f']:.1f}, MAE {score['mae']:.1f} ({over})"
    )


def _minutes(folder: str) -> str:
    cost = cost_of(folder)
    return "" if cost is None else f"{cost.seconds / 60:7.1f}"


def write_text(path: str | Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic(path) as temporary:
        temporary.write_text(text)
