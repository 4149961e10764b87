"""What the Snakefile asks: which chains there are, what is in them, and what each rule reads."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsss.plan.chains import MAPS, Node, read_recipe, resolve
from wsss.plan.config import ROOT, config_model
from wsss.plan.experiments import Experiment, read_experiment, row_chains
from wsss.plan.levels import BY_NAME
from wsss.plan.outside import folder_state, tree_state
from wsss.run.code import CODE
from wsss.run.errors import UserError, nearest
from wsss.run.settings import digest, validated


def named(names: Iterable[str], paths: Sequence[str]) -> list[str]:
    """NAME=PATH for each; the paths are Snakemake's, which differ from the rule's where files lie in remote storage."""
    return [f"{name}={path}" for name, path in zip(names, paths)]


class Plan:
    """All recipes resolved under one configuration. Made by `load_plan`, which tells errors in one line.

    A recipe's settings are laid on those of `values`, except for what was `typed` on the command line; a row's own on all.
    """

    def __init__(self, values: dict[str, Any], typed: Mapping[str, Any] = MappingProxyType({}), root: Path = ROOT) -> None:
        config: Any = validated(config_model(), values)
        self.config = config
        recipes = {p.stem: p for p in sorted((root / "recipes").glob("*.yaml"))}
        for setting, name in [("recipe", self.config.recipe), *(("compare", name) for name in self.config.compare)]:
            if name not in recipes:
                raise UserError(f"setting '{setting}' names '{name}', which does not exist{nearest(name, recipes)}; "
                                f"there is: {', '.join(recipes)}")
        if "compare" in recipes:
            raise UserError("recipes/compare.yaml: results/compare/ is where recipes are compared; give it another name")
        self._check_data_root()
        read = {name: read_recipe(path, typed) for name, path in recipes.items()}
        self.about = {name: recipe.about for name, recipe in read.items()}
        self.chains = {name: resolve(values, recipe, self.base) for name, recipe in read.items()}
        self.experiments = {p.stem: read_experiment(p) for p in sorted((root / "experiments").glob("*.yaml"))}
        self.rows = {name: [row_chains(row, config.model_dump(), root / "recipes", self._base_of(experiment), self.base,
                                        typed) for row in experiment.rows] for name, experiment in self.experiments.items()}
        chains = [*self.chains.values(), *(chain for rows in self.rows.values() for row in rows for chain in row)]
        self._nodes = {node.folder: node for chain in chains for node in chain}

    @property
    def own(self) -> bool:
        """Whether the dataset is a folder of the user's."""
        return self.config.dataset not in ("voc", "mini")

    def _check_data_root(self) -> None:
        root, name = self.config.data_root, self.config.dataset
        if name == "voc" and root is not None and not Path(root, "JPEGImages").is_dir():
            raise UserError(f"setting 'data_root' is '{root}', which is not a folder in VOC layout: JPEGImages/ is "
                            "missing in it (the folder is usually called VOC2012)")
        if self.own and (root is None or not Path(root).is_dir()):
            raise UserError(f"setting 'dataset' is '{name}', a folder of yours{nearest(name, ('voc', 'mini'))}, but "
                            f"'data_root' is {root!r}, which is not a folder; python stages/new_dataset.py PHOTOS makes "
                            "the settings")

    @property
    def train(self) -> str:
        """The split that trains."""
        return self.config.train_split if self.config.dataset == "voc" else "train"

    @cached_property
    def base(self) -> str:
        """The dataset's folder under work/."""
        return f"{self.config.dataset}-{digest([self._made_of, self.config.seed])}"

    @cached_property
    def _made_of(self) -> dict[str, Any]:
        config = self.config
        if config.dataset == "mini":
            return dict(config.mini.model_dump(mode="json"))
        if self.own:
            return {"data_root": config.data_root, **config.folder.model_dump(mode="json")}
        source = config.data_root or config.download.model_dump(mode="json")
        return {"data_root": source, "train_split": config.train_split}

    @property
    def data_root(self) -> str:
        """Where the photos are, or will be once drawn or downloaded."""
        made_here = self.config.dataset == "mini" or self.config.data_root is None
        return f"work/{self.config.dataset}-{digest(self._made_of)}/photos" if made_here else self.config.data_root

    @cached_property
    def data_state(self) -> str:
        """What the user's dataset looks like from outside, so that a change in it is noticed: names, sizes, times."""
        if self.config.dataset == "mini" or self.config.data_root is None:
            return "made here"
        if self.own:
            own = self.config.folder
            named = [Path(path) for path in (self.config.data_root, own.masks, own.tags, own.splits) if path]
            return digest([tree_state(path) for path in named])
        return folder_state(Path(self.config.data_root), ("classes.txt", "ImageSets/Segmentation/*.txt", "Annotations/*",
                                                          "JPEGImages/*", "SegmentationClass*/*"))

    def outside(self, node: Node) -> str:
        """The state of files of the user's that the settings of a stage name: saliency maps, photos, weights."""
        named = [node.settings.get(key) for key in ("folder", "photos", "masks", "weights")]
        paths = [Path(value) for value in named if value and Path(value).exists()]
        return digest([folder_state(path, ("*",)) if path.is_dir() else path.stat().st_mtime_ns for path in paths])

    def node(self, folder: str) -> Node:
        return self._nodes[folder]

    def pattern(self, *levels: str) -> str:
        """A regular expression of exactly the folders whose last stage is of these levels."""
        folders = [re.escape(f) for f, node in self._nodes.items() if node.level in levels]
        return "|".join(folders) or "no chain has such a level"

    def last(self, recipe: str) -> Node:
        """The prediction of a recipe."""
        return self.chains[recipe][-1]

    def of_level(self, recipe: str, level: str) -> Node:
        """The stage of a recipe that is of a level."""
        return next(node for node in self.chains[recipe] if node.level == level)

    def recipes_with(self, level: str, variant: str | None = None) -> str:
        """A regular expression of the recipes that have a level, as `variant` if that is named."""
        found = [name for name, chain in self.chains.items()
                 if any(n.level == level and variant in (None, n.variant) for n in chain)]
        return "|".join(map(re.escape, found)) or "no recipe has it"

    def own_folders(self, recipe: str) -> list[str]:
        """The folders that no other recipe has a stage in, the topmost ones: all below them is this recipe's alone.

        Rows of experiments do not count: what they share with a recipe lies in the recipe's folders.
        """
        shared = {node.folder for name, chain in self.chains.items() if name != recipe for node in chain}
        own = [node.folder for node in self.chains[recipe] if node.folder not in shared]
        return [folder for folder in own if not any(folder.startswith(f"{other}/") for other in own)]

    def shards(self, folder: str, kind: str, split: str | None = None, ending: str = "") -> list[str]:
        """The shard files (or folders, with `ending` "") of an artifact: work/FOLDER/KIND/SPLIT/k-of-n."""
        n = self.config.shards
        return [f"work/{folder}/{kind}/{split or self._made_from(folder)}/{k}-of-{n}{ending}" for k in range(n)]

    def maps(self, node: Node, shard: str) -> str:
        """Shard number `shard` of the maps of the nearest stage before `node` that has maps."""
        return self.shards(node.before(*MAPS).folder, "maps", ending=".h5")[int(shard)]

    def read_maps(self, node: Node, shard: str) -> list[str]:
        """As `maps`, for stages some variants of which read none: nothing for these."""
        variant = BY_NAME[node.level].variants[node.variant]
        return [self.maps(node, shard)] if "maps" in variant.reads else []

    def saliency(self, node: Node, split: str, shard: str) -> list[str]:
        """Shard number `shard` of the saliency maps that a stage reads, if it reads any."""
        cue = node.cue("saliency")
        return [] if cue is None else [self.shards(cue.folder, "saliency", split)[int(shard)]]

    def model(self, node: Node, *levels: str) -> str:
        """The model of the nearest stage of one of these levels before `node`."""
        return f"work/{node.before(*levels).folder}/model.safetensors"

    def read_model(self, node: Node, level: str) -> list[str]:
        """As `model`, for stages some variants of which need none: nothing for these."""
        return [self.model(node, level)] if "model" in BY_NAME[node.level].variants[node.variant].reads else []

    def artifact(self, node: Node, split: str) -> list[str]:
        """What the score of a stage reads."""
        if node.level in ("predict", "saliency"):
            return self.shards(node.folder, "predictions" if node.level == "predict" else "saliency", split)
        what = self.what(node)
        return self.shards(node.folder, what, ending=".h5" if what == "maps" else "")

    def index(self, node: Node, split: str) -> str:
        """The index that has a split: the dataset's, but for the split `heldout` that of a saliency network's photos."""
        return f"work/{node.before('saliency_net').folder}/photos/index.json" if split == "heldout" else (
            f"work/{self.base}/index.json")

    @property
    def scorable(self) -> list[str]:
        """Levels whose artifacts can be scored."""
        return [name for name, level in BY_NAME.items() if level.scored]

    def what(self, node: Node) -> str:
        """What the artifact of a stage is to the score: maps, seeds, labels or saliency."""
        return BY_NAME[node.level].scored or ""

    def scored(self, recipe: str) -> dict[str, str]:
        """Level -> score file on `train` of every stage of a recipe that makes something of the training photos.

        A saliency network is scored on the photos that were held out of its training.
        """
        nodes = [n for n in self.chains[recipe] if self.what(n) and n.level != "predict"]
        scores = {n.level: f"work/{n.folder}/scores/train.json" for n in nodes}
        saliency = next((n for n in nodes if n.level == "saliency" and n.variant == "learned"), None)
        return scores if saliency is None else {"saliency_net": f"work/{saliency.folder}/scores/heldout.json", **scores}

    def drawn(self, recipe: str) -> list[tuple[str, str]]:
        """(level, shard) of everything of the training photos that a picture can show, the prediction included."""
        nodes = [node for node in self.chains[recipe] if self.what(node)]
        return [(node.level, shard) for node in nodes for shard in self.artifact(node, "train")]

    def params(self, script: str) -> dict[str, Any]:
        """Snakemake params of a stage rule: variant, settings, the training split, and the code (a change of it reruns)."""
        return {"split": lambda w: self.trains_on(self.node(w.chain)), "variant": lambda w: self.node(w.chain).variant,
                "settings": lambda w: self.node(w.chain).json,
                "outside": lambda w: self.outside(self.node(w.chain)),
                "code": lambda w: self.code(script, self.node(w.chain))}

    def result_params(self, of: str) -> dict[str, Any]:
        """Snakemake params of a result: of the `predictions` on a split, or of the `labels` on train and nothing after."""
        levels = list(BY_NAME)[: None if of == "predictions" else list(BY_NAME).index(of) + 1]
        return {"of": of, "split": lambda w: w.split if of == "predictions" else "train",
                "stages": lambda w, input: named(self.scored(w.recipe), input.stages),
                "folders": lambda w: [f"{n.level}=work/{n.folder}" for n in self.chains[w.recipe] if n.level in levels],
                "code": self.code("write_result.py")}

    def experiment_scores(self, name: str) -> list[list[list[str]]]:
        """For each row and seed of an experiment: what stands beside its score, if anything, then the score of its stage."""
        experiment = self.experiments[name]
        return [[[*self._beside(experiment, chain), *self._score(experiment, chain[-1])] for chain in row]
                for row in self.rows[name]]

    def _beside(self, experiment: Experiment, chain: list[Node]) -> list[str]:
        if experiment.beside in ("nothing", "cost"):
            return self.artifact(chain[-1], self.train) if experiment.beside == "cost" else []
        if experiment.beside == "sure":
            return [f"work/{chain[-1].folder}/scores/sure-areas.json"]
        folder = next(node.folder for node in chain if node.level == experiment.beside)
        if experiment.beside == "grow":
            return [f"work/{folder}/model.safetensors"]
        return [f"work/{folder}/scores/classifier-{'tune' if experiment.choice else 'val'}.json"]

    def _score(self, experiment: Experiment, node: Node) -> list[str]:
        """The score of a row's stage: on val (choices: tune) of a prediction, else on train; a classifier has no other."""
        split = "train" if node.level != "predict" else "tune" if experiment.choice else "val"
        return [] if node.level == "classifier" else [f"work/{node.folder}/scores/{split}.json"]

    def _base_of(self, experiment: Experiment) -> str:
        return f"{self.base}/fit" if experiment.choice else self.base

    def trains_on(self, node: Node) -> str:
        """The split that a stage's training, or its export, is of."""
        return self._made_from(node.folder)

    def _made_from(self, folder: str) -> str:
        return "fit" if folder.startswith(f"{self.base}/fit/") else self.train

    def code(self, script: str, node: Node | None = None) -> str:
        """What a stage executes, in words for whoever reads why a job runs."""
        return f"code of {script} and all it imports: {CODE.digest(f'stages/{script}', node.method if node else None)}"
