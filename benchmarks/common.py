"""Times two ways of doing the same in one run: alternating, the median of each, one JSON object at
the end.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))


def compare(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    repeats: int = 5,
    **more: object,
) -> None:
    """Print how long `ours` and `theirs` take, in seconds, and how many times faster ours is."""
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(repeats):
        for key, function in (("ours", ours), ("theirs", theirs)):
            started = time.perf_counter()
            function()
            times[key].append(time.perf_counter() - started)
    middle = {key: statistics.median(values) for key, values in times.items()}
    print(
        json.dumps(
            {
                "name": name,
                "ours": round(middle["ours"], 4),
                "theirs": round(middle["theirs"], 4),
                "ratio": round(middle["theirs"] / middle["ours"], 2),
                "unit": "seconds",
                **more,
            }
        )
    )
