"""Priors on disk: a JSON file with a factor for each label, which multiplies its probability."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, write_json


def write_priors(
    path: str | Path,
    labels: Sequence[str],
    columns: Mapping[str, Sequence[float]],
    about: Mapping[str, Any],
) -> None:
    """Write a row for each of the `labels`, background first: its value in each of the `columns`,
    one of which is `factor`. `about` is what else the file states.
    """
    rows = {}
    for place, label in enumerate(labels):
        rows[label] = {name: float(values[place]) for name, values in columns.items()}
    write_json(path, {"format": 1, **about, "labels": rows})


def read_factors(path: str | Path, labels: Sequence[str]) -> tuple[float, ...]:
    """The factor of each of the `labels`, in their order.

    UserError when the file cannot be read, has other labels, or a factor that is not above 0.
    """
    try:
        rows = read_json(path)["labels"]
        factors = {str(label): float(row["factor"]) for label, row in rows.items()}
    except MALFORMED as error:
        raise UserError(f"priors {path} cannot be read ({error}); {way_out(path)}")
    if list(factors) != list(labels):
        raise UserError(
            f"priors {path} are of other labels ({', '.join(list(factors)[:3])} ...) than the "
            f"dataset has ({', '.join(labels[:3])} ...); find them again"
        )
    for label, factor in factors.items():
        if not 0 < factor < math.inf:
            raise UserError(
                f"priors {path} have the factor {factor} for '{label}'; it must be above 0: find "
                "them again"
            )
    return tuple(factors.values())
