"""The jobs of reports and comparisons."""

from collections.abc import Callable, Iterator, Sequence

from wsss.export.registry import FORMATS
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.report_inputs import VAL, ReportInputs
from wsss.plan.scores import ScoreJobs, find_training_labels, scored_names
from wsss.plan.steps import CONFIDENCE, MASKS
from wsss.plan.titles import titles_of


class ReportJobs:
    """The jobs of reports and comparisons."""

    def __init__(
        self, plan: Plan, scores: ScoreJobs, checks: CheckJobs, is_fresh: Callable[[Job], bool]
    ) -> None:
        self._plan, self._inputs = plan, ReportInputs(plan, scores, checks, is_fresh)

    def names(self, recipes: Sequence[str]) -> list[str]:
        """The names of the steps of recipes whose artifacts a report shows, in their order."""
        found: list[str] = []
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                found += [name for name, _ in scored_names(step)]
        return [*dict.fromkeys(found), CONFIDENCE, MASKS]

    def report(self, recipes: Sequence[str], name: str) -> Job:
        """The report of one recipe, or of several side by side, in results/NAME/report/."""
        out = {
            "page": f"results/{name}/report/index.html",
            "pictures": f"results/{name}/report/pictures",
        }
        return Job(
            "report",
            "write_report.py",
            out,
            self._inputs.of_report(recipes),
            index=self._plan.dataset.artifact,
            read=("mask",),
            settings=self._plan.config.report.model_dump(mode="json"),
            options={
                "recipes": list(recipes),
                "about": self._about(recipes),
                "known": self._known(recipes),
                "trained_on": list(self._trained_on(recipes)),
                "steps": self.names(recipes),
                "titles": self._titles(recipes),
                "files": list(self._files(recipes)),
                "folders": list(self._folders(recipes)),
                "split": VAL,
            },
        )

    def _trained_on(self, recipes: Sequence[str]) -> Iterator[str]:
        """RECIPE=NAME: the labels that the network of each recipe's predictions was trained on."""
        for recipe in recipes:
            last = self._plan.chain(recipe).last("predictions")
            name = find_training_labels(last) if last else None
            if name is not None:
                yield f"{recipe}={name}"

    def _about(self, recipes: Sequence[str]) -> list[str]:
        return [f"{recipe}={self._plan.chain(recipe).about}" for recipe in recipes]

    def _known(self, recipes: Sequence[str]) -> list[str]:
        """RECIPE=WORDS: what people had to know of the training photos."""
        lacking, chains = self._plan.dataset.lacking, map(self._plan.chain, recipes)
        return [f"{chain.recipe}={', '.join(chain.known_of(lacking))}" for chain in chains]

    def _folders(self, recipes: Sequence[str]) -> Iterator[str]:
        """RECIPE/STEP=FOLDER of every step."""
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                yield f"{recipe}/{step.name}=work/{step.folder}"

    def _titles(self, recipes: Sequence[str]) -> list[str]:
        """STEP=TITLE of every step, in plain words."""
        found: dict[str, str] = {}
        for recipe in recipes:
            found = {**titles_of(self._plan.chain(recipe)), **found}
        return [f"{name}={title}" for name, title in found.items()]

    def _files(self, recipes: Sequence[str]) -> Iterator[str]:
        """WHAT=PATH of the masks, labels, exports and networks of recipes."""
        for recipe in recipes:
            of = f" of {recipe}" if len(recipes) > 1 else ""
            for what, path in self._files_of(recipe):
                yield f"{what}{of}={path}"

    def _files_of(self, recipe: str) -> Iterator[tuple[str, str]]:
        chain, place = self._plan.chain(recipe), f"results/{recipe}/{self._plan.dataset.name}"
        predicted, labels = chain.last("predictions"), chain.last("labels")
        if predicted and self._plan.dataset.own:
            yield "masks of all photos (PNG)", f"{place}_masks"
        if predicted:
            yield "score, steps and costs (text)", f"{place}_{VAL}_miou.txt"
            network = self._plan.steps.model(predicted.inputs["model"].step).path
            yield "the trained network", network
        masks = predicted and self._plan.dataset.own
        for what in (["masks"] if masks else []) + (["labels"] if labels else []):
            for form in FORMATS:
                yield f"{what} for {form.replace('_', ' ')}", f"{place}_{what}_{form}"

    def compare(self) -> Job:
        """The comparison of the recipes in the setting `compare`, one row for each."""
        plan, place = self._plan, f"results/compare/{self._plan.dataset.name}"
        recipes = list(plan.config.compare)
        return Job(
            "compare",
            "compare_recipes.py",
            {"csv": f"{place}.csv", "table": f"{place}.md", "picture": f"{place}.png"},
            {"scores": list(self._inputs.scores(recipes))},
            options={
                "recipes": recipes,
                "steps": self.names(recipes),
                "folders": list(self._folders(recipes)),
                "trained_on": list(self._trained_on(recipes)),
                "dataset": plan.dataset.name,
            },
        )

    def pack(self, of: str) -> Job:
        """The report of a recipe, or "compare", as a single file."""
        recipes = list(self._plan.config.compare) if of == "compare" else [of]
        report = self.report(recipes, of)
        return Job(
            "pack_report",
            "pack_report.py",
            {"out": f"results/{of}/report.html"},
            {name: [Artifact(path, report)] for name, path in report.outputs.items()},
            settings=self._plan.config.report.model_dump(mode="json"),
        )
