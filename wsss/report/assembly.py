"""From the pairs KEY=PATH that stages/write_report.py and compare_recipes.py are given to what they
show. A key is RECIPE, RECIPE/STEP or RECIPE/STEP/SPLIT.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wsss.data.artifacts import by_name, is_confidence, is_saliency, readers
from wsss.data.maps import MapReader
from wsss.report.check import tag_lines
from wsss.report.photos import Layer, figures_by_photo
from wsss.report.summary import Sources, summary_of
from wsss.run.artifacts import read_object, verify

Json = dict[str, Any]
Layers = dict[str, list[Layer]]
"""split -> layers in the order of the chain"""


@dataclass
class PhotoFigures:
    """The figures of single photos of a recipe."""

    iou: dict[str, dict[str, float | None]]
    """split -> photo id -> mIoU of the recipe's last labels there, in percent"""
    apart: dict[str, float | None]
    """photo id -> disagreement of the last two steps, in percent (wsss.score.agreement)"""
    check: dict[str, Json]
    """photo id -> its row in the check of the masks (wsss.report.check); empty without one"""


@dataclass
class ReportArguments:
    """The names of the recipes, and the pairs that a script was given."""

    recipes: Sequence[str]
    about: Sequence[str] = ()
    """RECIPE=LINE: a line for people"""
    known: Sequence[str] = ()
    """RECIPE=WORDS: what people had to know of the training photos"""
    folders: Sequence[str] = ()
    """RECIPE/STEP=FOLDER"""
    scores: Sequence[str] = ()
    """RECIPE/STEP/SPLIT=JSON"""
    artifacts: Sequence[str] = ()
    """RECIPE/STEP/SPLIT=SHARD, any number of shards for a key"""
    models: Sequence[str] = ()
    """RECIPE/STEP=MODEL"""
    agreement: Sequence[str] = ()
    """RECIPE=JSON"""
    check: Sequence[str] = ()
    """RECIPE=JSON"""
    trained_on: Sequence[str] = ()
    """RECIPE=STEP"""
    titles: Sequence[str] = ()
    """STEP=TITLE: what a step makes, in plain words"""
    clouds: Sequence[str] = ()
    """RECIPE=PNG: pictures of point clouds"""

    def summaries(self) -> list[Json]:
        """The summary of each recipe (wsss.report.summary)."""
        return [summary_of(name, self._sources(name)) for name in self.recipes]

    def title_of(self, step: str) -> str:
        """What a step makes, in plain words; its name where there are none."""
        return self._titles.get(step, step)

    @cached_property
    def _titles(self) -> dict[str, str]:
        return {step: titles[0] for step, titles in by_name(self.titles).items()}

    def _sources(self, name: str) -> Sources:
        """The files of one recipe, by step; scores on other splits than train are the final one."""
        final: dict[str, str] = {}
        on_train: dict[str, str] = {}
        for key, path in self._of(name, self.scores).items():
            step, split = key.split("/")
            of_split = on_train if split == "train" else final
            of_split[step] = path
        return Sources(
            about=self._of(name, self.about).get("", ""),
            known=self._of(name, self.known).get("", ""),
            folders=self._of(name, self.folders),
            scores=on_train,
            models=self._of(name, self.models),
            final=final,
            agreement=self._of(name, self.agreement).get(""),
            trained_on=self._of(name, self.trained_on).get("", ""),
            titles=self._titles,
            clouds=self._of(name, self.clouds).get(""),
        )

    def _of(self, name: str, pairs: Sequence[str]) -> dict[str, str]:
        """The pairs of one recipe: the key without RECIPE/ (empty where it is RECIPE alone) -> the
        first path.
        """
        found = {}
        for key, paths in by_name(pairs).items():
            if key.split("/")[0] == name:
                found[key.removeprefix(name).removeprefix("/")] = paths[0]
        return found

    def layers(self) -> dict[str, Layers]:
        """Recipe -> its layers. Recipes that share an artifact share one layer, whose file is named
        after the first recipe.
        """
        found: dict[str, Layers] = {name: {} for name in self.recipes}
        paths, layer_of = by_name(self.artifacts), dict[tuple[str, ...], Layer]()
        for key, reader in readers(self.artifacts).items():
            name, step, split = key.split("/")
            grey = is_saliency(paths[key]) or is_confidence(paths[key])
            layer = layer_of.setdefault(
                tuple(paths[key]), Layer(step, f"{name}-{step}.png", reader, grey)
            )
            found[name].setdefault(split, []).append(layer)
        return found

    def by_photo(self, name: str) -> PhotoFigures:
        """The figures of a recipe's photos, from the counts beside its scores and its agreement."""
        iou = {}
        for key, path in self._of(name, self.scores).items():
            _, split = key.split("/")
            if read_object(path, ("what",))["what"] in ("maps", "labels"):
                counts = Path(path).with_suffix(".npz")
                verify(counts)
                iou[split] = figures_by_photo(str(counts))
        apart = self._read(name, self.agreement).get("photos", {})
        return PhotoFigures(iou, apart, self._read(name, self.check).get("photos", {}))

    def tag_lines(self) -> list[str]:
        """How many tags were found, in words, of each recipe whose masks were checked."""
        found = []
        for name in self.recipes:
            check = self._read(name, self.check)
            lines = tag_lines(check) if check else []
            found += [f"{name}: {line}" if len(self.recipes) > 1 else line for line in lines]
        return found

    def _read(self, name: str, pairs: Sequence[str]) -> Json:
        """The JSON of a recipe; {} where it has none."""
        path = self._of(name, pairs).get("")
        return read_object(path) if path else {}


def describe_layers(layers: Layers, summary: Json) -> Json:
    """Split -> the layers of a recipe, as page/viewer.js reads them."""
    stages = {stage["name"]: stage for stage in summary["stages"]}
    described = {}
    for split, found in layers.items():
        described[split] = [_describe(layer, stages) for layer in found]
    return described


def _describe(layer: Layer, stages: Mapping[str, Json]) -> Json:
    """A layer; `outlined` says whether its outlines are in a picture of their own."""
    smooth = isinstance(layer.reader, MapReader)
    return {
        "step": layer.step,
        "method": stages.get(layer.step, {}).get("method", ""),
        "file": layer.file,
        "smooth": smooth,
        "outlined": not smooth and not layer.grey,
    }
