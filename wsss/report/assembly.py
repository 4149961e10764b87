"""From what a script is told of recipes, RECIPE/LEVEL/SPLIT=PATH, to what their report and their comparison show."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.data.artifacts import by_name, readers
from wsss.data.maps import MapReader
from wsss.report.photos import Layer, figures_by_photo
from wsss.report.summary import Sources, summary_of

Json = dict[str, Any]
Layers = dict[str, list[Layer]]
"""by split, in the order of the chain"""


@dataclass
class Told:
    """The pairs that a script was given, KEY=PATH, and what each recipe is."""

    recipes: Sequence[str]
    about: Sequence[str] = ()
    folders: Sequence[str] = ()
    scores: Sequence[str] = ()
    artifacts: Sequence[str] = ()
    models: Sequence[str] = ()
    agreement: Sequence[str] = ()

    def summaries(self) -> list[Json]:
        """Each recipe as `summary_of` tells it."""
        return [summary_of(name, self._sources(name)) for name in self.recipes]

    def _sources(self, name: str) -> Sources:
        scores = self._of(name, self.scores)
        final = next((path for key, path in scores.items() if key.startswith("predict/")), None)
        stages = {key.split("/")[0]: path for key, path in scores.items() if not key.startswith("predict/")}
        return Sources(self._of(name, self.about).get("", ""), self._of(name, self.folders), stages,
                       self._of(name, self.models), final, self._of(name, self.agreement).get(""))

    def _of(self, name: str, pairs: Sequence[str]) -> dict[str, str]:
        """What belongs to a recipe: the rest of the key, which may be empty -> path."""
        keyed = {key: paths[0] for key, paths in by_name(pairs).items()}
        return {key.removeprefix(name).removeprefix("/"): path for key, path in keyed.items() if key.split("/")[0] == name}

    def layers(self) -> dict[str, Layers]:
        """The layers of each recipe; a stage that recipes share is one layer, under the name of the first."""
        found: dict[str, Layers] = {name: {} for name in self.recipes}
        paths, seen = by_name(self.artifacts), dict[tuple[str, ...], Layer]()
        for key, reader in readers(self.artifacts).items():
            name, level, split = key.split("/")
            layer = seen.setdefault(tuple(paths[key]), Layer(level, f"{name}-{level}.png", reader))
            found[name].setdefault(split, []).append(layer)
        return found

    def by_photo(self, name: str) -> tuple[dict[str, dict[str, float | None]], dict[str, float | None]]:
        """Split -> photo id -> mIoU of a recipe's last labels there; and photo id -> what its last stages disagree on."""
        iou = {}
        for key, path in self._of(name, self.scores).items():
            level, split = key.split("/")
            if level in ("grown", "labels", "predict"):
                iou[split] = figures_by_photo(str(Path(path).with_suffix(".npz")))
        agreement = self._of(name, self.agreement).get("")
        return iou, json.loads(Path(agreement).read_text())["photos"] if agreement else {}


def described(layers: Layers, summary: Json) -> Json:
    """The layers of a recipe as gallery.js reads them."""
    titles = {stage["level"]: stage["level"] + (f" ({stage['variant']})" if stage["variant"] != stage["level"] else "")
              for stage in summary["stages"]}
    titles["masks"] = "masks (predictions among the tags)"
    return {split: [{"level": layer.level, "title": titles[layer.level], "file": layer.file,
                     "smooth": isinstance(layer.reader, MapReader)} for layer in found] for split, found in layers.items()}
