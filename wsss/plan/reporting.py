"""What the rules of reports and comparisons need to know: which artifacts, scores and models of which recipes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from wsss.plan.config import ROOT
from wsss.plan.levels import LEVELS
from wsss.plan.workflow import Plan, named
from wsss.run.settings import digest

TRAINED = ("saliency_net", "classifier", "grow", "affinity", "segmenter")
"""levels that train a network"""
FULL = "full"
"""the recipe that is full supervision"""
HELD_OUT = "val"
MASKS = "masks"
"""predictions among a photo's tags, which are what is made of photos of one's own"""


class Reporting:
    """The inputs of reports, each under its key RECIPE/LEVEL/SPLIT, RECIPE/LEVEL or RECIPE."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    @property
    def levels(self) -> list[str]:
        """The levels that make something to look at, in their order."""
        return [*(level.name for level in LEVELS if level.scored), MASKS]

    @property
    def page(self) -> str:
        """What the page is made of besides code: a change of it makes the report again."""
        return digest([path.read_text() for path in sorted((ROOT / "wsss/report/page").iterdir())])

    def artifacts(self, recipes: Sequence[str]) -> dict[str, list[str]]:
        """All that a gallery draws: what the stages made of train, the predictions on val, and the masks of own photos."""
        found: dict[str, list[str]] = {}
        for recipe in recipes:
            for level, shard in self._plan.drawn(recipe):
                found.setdefault(f"{recipe}/{level}/train", []).append(shard)
            last = self._plan.last(recipe)
            found[f"{recipe}/predict/{HELD_OUT}"] = self._plan.artifact(last, HELD_OUT)
            for split in ("train", HELD_OUT, "rest") if self._plan.own else ():
                found[f"{recipe}/{MASKS}/{split}"] = self._plan.shards(last.folder, MASKS, "all")
        return found

    def scores(self, recipes: Sequence[str]) -> dict[str, str]:
        """The scores of the stages on train, and of the predictions."""
        found: dict[str, str] = {}
        for recipe in recipes:
            found |= {f"{recipe}/{level}/train": path for level, path in self._plan.scored(recipe).items()}
            found[f"{recipe}/predict/{HELD_OUT}"] = f"work/{self._plan.last(recipe).folder}/scores/{HELD_OUT}.json"
        return found

    def models(self, recipes: Sequence[str]) -> dict[str, str]:
        """The networks that were trained."""
        return {f"{recipe}/{node.level}": f"work/{node.folder}/model.safetensors"
                for recipe in recipes for node in self._plan.chains[recipe] if node.level in TRAINED}

    def agreements(self, recipes: Sequence[str]) -> dict[str, str]:
        """What stages make of train, compared with each other."""
        return {recipe: f"results/{recipe}/{self._plan.config.dataset}_agreement.json" for recipe in recipes}

    def compared(self, recipe: str) -> list[tuple[str, str]]:
        """(level, shard) of everything whose labels can be compared between stages."""
        return [pair for pair in self._plan.drawn(recipe) if pair[0] != "saliency"]

    def inputs(self, of: Callable[[Any], Sequence[str]]) -> dict[str, Callable[[Any], list[str]]]:
        """Snakemake inputs of a report of the recipes that `of` gives for the wildcards."""
        return {"artifacts": lambda w: [shard for paths in self.artifacts(of(w)).values() for shard in paths],
                "scores": lambda w: list(self.scores(of(w)).values()),
                "models": lambda w: list(self.models(of(w)).values()),
                "agreements": lambda w: list(self.agreements(of(w)).values())}

    def params(self, of: Callable[[Any], Sequence[str]]) -> dict[str, Any]:
        """Snakemake params of a report: its inputs by key, and what no file says."""
        plan = self._plan
        return {"recipes": lambda w: list(of(w)),
                "about": lambda w: [f"{recipe}={plan.about[recipe]}" for recipe in of(w)],
                "levels": self.levels, "page": self.page,
                "folders": lambda w: list(self.folders(of(w))),
                "artifacts": lambda w, input: named(
                    [key for key, paths in self.artifacts(of(w)).items() for _ in paths], input.artifacts),
                "scores": lambda w, input: named(self.scores(of(w)), input.scores),
                "models": lambda w, input: named(self.models(of(w)), input.models),
                "agreement": lambda w, input: named(self.agreements(of(w)), input.agreements),
                "full": lambda w: self._full(), "settings": plan.config.report.model_dump_json()}

    def folders(self, recipes: Sequence[str]) -> Iterator[str]:
        """RECIPE/LEVEL=FOLDER of every stage."""
        for recipe in recipes:
            yield from (f"{recipe}/{node.level}=work/{node.folder}" for node in self._plan.chains[recipe])

    def _full(self) -> str:
        """The option that names the score of full supervision at these settings, once it is known."""
        path = f"work/{self._plan.last(FULL).folder}/scores/{HELD_OUT}.json" if FULL in self._plan.chains else ""
        return f"--full {path}" if path and Path(path).is_file() else ""
