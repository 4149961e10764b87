"""The figures of a row of an experiment, for one seed: a function for each value of `beside`
(wsss.plan.experiments), from the files that stages/write_experiment.py is given for the row.
"""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Figures = dict[str, float | None]
"""of one seed: column -> value; None where it is not known"""


def classifier_figures(classifier: Json, score: Json | None = None) -> Figures:
    """The figures of a seed from its classifier's score and, where there is one, the score of its
    maps on train.
    """
    score = score or {}
    oracle = score.get("oracle", {})
    return {
        "oracle": oracle.get("miou"),
        "at": oracle.get("threshold"),
        "fixed": score.get("miou"),
        "precision": score.get("precision"),
        "recall": score.get("recall"),
        "map": classifier["map"],
        "raw": classifier["inconsistency"]["raw"],
        "refined": classifier["inconsistency"]["refined"],
        "cells": max(classifier["grid_of_last_photo"]),
    }


def grow_figures(model: Json, score: Json) -> Figures:
    """The figures of a seed from its score and from its model's history: how right the supervision
    of the network trained on seeds was in the first and the last epoch.
    """
    first, last = model["history"][0], model["history"][-1]
    return {
        "miou": score["miou"],
        "precision_first": first.get("supervision_precision"),
        "precision": last.get("supervision_precision"),
        "recall_first": first.get("supervision_recall"),
        "recall": last.get("supervision_recall"),
        "supervised": 100 * last["supervised"],
    }


def map_figures(score: Json) -> Figures:
    """The figures of a seed from its score alone; the mIoU of maps without background is the one at
    threshold 0.20.
    """
    oracle = score.get("oracle", {})
    return {
        "miou": score["miou"],
        "oracle": oracle.get("miou"),
        "at": oracle.get("threshold"),
        "precision": score["precision"],
        "recall": score["recall"],
    }


def confident_figures(confident: Json, score: Json) -> Figures:
    """The figures of a seed of a walk: its score, and its mIoU against the confident areas, which
    needs no mask.
    """
    return {**map_figures(score), "agreement": confident["miou"]}


def cost_figures(*runs_and_score: Json) -> Figures:
    """The figures of a seed from the notes of its shards, then its score: the score, and the
    core-seconds a photo, with the start of the processes.
    """
    *runs, score = runs_and_score
    core_seconds = sum(run["core_seconds"] for run in runs)
    photos = sum(run.get("photos", 0) for run in runs)
    return {**map_figures(score), "cost": core_seconds / photos if photos else None}


def foreground_figures(score: Json) -> Figures:
    """The figures of a seed from its score: the mIoU with its interval, how much of the objects is
    found, and the mean over the labels of how much of each is found. `add_gains` (gains.py) adds
    the comparison with other rows.
    """
    low, high = score["interval"] or (None, None)
    foreground = score["foreground"]
    return {
        "miou": score["miou"],
        "low": low,
        "high": high,
        "found": foreground["recall"],
        "precise": foreground["precision"],
        "bias": foreground["background_bias"],
        "accuracy": score.get("recall"),
    }


def recipe_figures(*scores: Json) -> Figures:
    """The figures of a seed from the scores of its class maps and labels on train, as far as it
    makes some, and the score of its predictions: mIoU, of class maps at the best threshold.
    recipes_table.py adds costs, and gains.py the comparison with other rows.
    """
    *steps, score = scores
    by_what = {step["what"]: step for step in steps}
    maps, labels = by_what.get("maps", {}), by_what.get("labels", {})
    low, high = score["interval"] or (None, None)
    return {
        "maps": (maps.get("oracle") or {}).get("miou"),
        "labels": labels.get("miou"),
        "labelled": labels.get("coverage"),
        "miou": score["miou"],
        "low": low,
        "high": high,
        "photos_train": max((step["images"] for step in steps), default=None),
        "photos_val": score["images"],
    }


FIGURES: dict[str, Callable[..., Figures]] = {
    "classifier": classifier_figures,
    "grow": grow_figures,
    "confident": confident_figures,
    "cost": cost_figures,
    "foreground": foreground_figures,
    "nothing": map_figures,
    "recipe": recipe_figures,
}
"""`beside` -> what gives the figures of one seed, from the files that stages/write_experiment.py is
given for it, in their order"""
