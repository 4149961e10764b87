"""From a script's pairs RECIPE/LEVEL/SPLIT=PATH to what a report and a comparison show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.data.artifacts import by_name, is_saliency, readers
from wsss.data.maps import MapReader
from wsss.report.photos import Layer, figures_by_photo
from wsss.report.summary import Sources, summary_of
from wsss.run.artifacts import verify

Json = dict[str, Any]
Layers = dict[str, list[Layer]]
"""by split, in the order of the chain"""


@dataclass
class PhotoFigures:
    """What a report says of single photos of a recipe."""

    iou: dict[str, dict[str, float | None]]
    """split -> photo id -> mIoU of the recipe's last labels there, in percent"""
    apart: dict[str, float | None]
    """photo id -> share of the pixels that the last two stages disagree on"""


@dataclass
class ReportArguments:
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
        final: dict[str, str] = {}
        stages: dict[str, str] = {}
        for key, path in self._of(name, self.scores).items():
            step, split = key.split("/")
            of_split = stages if split == "train" else final
            of_split[step] = path
        return Sources(
            self._of(name, self.about).get("", ""),
            self._of(name, self.folders),
            stages,
            self._of(name, self.models),
            final,
            self._of(name, self.agreement).get(""),
        )

    def _of(self, name: str, pairs: Sequence[str]) -> dict[str, str]:
        """What belongs to a recipe: the rest of the key, which may be empty -> path."""
        found = {}
        for key, paths in by_name(pairs).items():
            if key.split("/")[0] == name:
                found[key.removeprefix(name).removeprefix("/")] = paths[0]
        return found

    def layers(self) -> dict[str, Layers]:
        """The layers of each recipe; a stage that recipes share is one layer, under the name of the
        first.
        """
        found: dict[str, Layers] = {name: {} for name in self.recipes}
        paths, layer_of = by_name(self.artifacts), dict[tuple[str, ...], Layer]()
        for key, reader in readers(self.artifacts).items():
            name, step, split = key.split("/")
            grey = is_saliency(paths[key])
            layer = layer_of.setdefault(
                tuple(paths[key]), Layer(step, f"{name}-{step}.png", reader, grey)
            )
            found[name].setdefault(split, []).append(layer)
        return found

    def by_photo(self, name: str) -> PhotoFigures:
        """The figures of a recipe."""
        iou = {}
        for key, path in self._of(name, self.scores).items():
            _, split = key.split("/")
            if json.loads(Path(path).read_text())["what"] in ("maps", "labels"):
                counts = Path(path).with_suffix(".npz")
                verify(counts)
                iou[split] = figures_by_photo(str(counts))
        agreement = self._of(name, self.agreement).get("")
        apart = json.loads(Path(agreement).read_text())["photos"] if agreement else {}
        return PhotoFigures(iou, apart)


def describe_layers(layers: Layers, summary: Json) -> Json:
    """The layers of a recipe as gallery.js reads them."""
    methods = {stage["name"]: stage["method"] for stage in summary["stages"]}
    described = {}
    for split, found in layers.items():
        described[split] = [_describe(layer, methods) for layer in found]
    return described


def _describe(layer: Layer, methods: Mapping[str, str]) -> Json:
    return {
        "step": layer.step,
        "title": _title(layer.step, methods),
        "file": layer.file,
        "smooth": isinstance(layer.reader, MapReader),
    }


def _title(name: str, methods: Mapping[str, str]) -> str:
    """What a layer is called: the step and its method where that is another word."""
    if name == "masks":
        return "masks (predictions among the tags)"
    method = methods.get(name, name)
    return name if method == name else f"{name} ({method})"
