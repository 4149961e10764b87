"""The jobs of reports and comparisons, with the artifacts, scores and models of recipes that they
read.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from wsss.export.registry import FORMATS
from wsss.plan.chains import Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import FULL, Plan
from wsss.plan.scores import ScoreJobs, find_training_labels, scored_names
from wsss.plan.steps import CONFIDENCE, MASKS
from wsss.plan.titles import titles_of
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.segment.predict_settings import PredictSettings

VAL = "val"


class ReportJobs:
    """The jobs of reports. Their inputs have labels RECIPE/STEP/SPLIT, RECIPE/STEP or RECIPE."""

    def __init__(
        self, plan: Plan, scores: ScoreJobs, checks: CheckJobs, is_fresh: Callable[[Job], bool]
    ) -> None:
        self._plan, self._scores, self._checks, self._is_fresh = plan, scores, checks, is_fresh

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
        inputs = {
            "artifacts": list(self._artifacts(recipes)),
            "scores": list(self._all_scores(recipes)),
            "models": list(self._models(recipes)),
            "agreement": self._agreements(recipes),
            "check": list(self._check(recipes)),
            "full": self._full_for(recipes),
        }
        return Job(
            "report",
            "write_report.py",
            out,
            inputs,
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

    def _artifacts(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """What the steps made of train, and the predictions on val; for a folder of the user's also
        the masks of all splits.
        """
        for recipe in recipes:
            for name, shard in self._scores.made_of_train(recipe):
                yield Artifact(shard.path, shard.job, f"{recipe}/{name}/train")
            last = self._plan.chain(recipe).last("predictions")
            if last is not None:
                yield from self._predicted(recipe, last)

    def _predicted(self, recipe: str, last: Step) -> Iterator[Artifact]:
        """The predictions on val; for a folder of the user's also the masks of all splits, and the
        confidence in them.
        """
        steps = self._plan.steps
        yield from _labelled(
            steps.artifacts(last, "predictions", VAL), f"{recipe}/{last.name}/{VAL}"
        )
        if self._plan.dataset.own:
            for split in ("train", VAL, "rest"):
                if issubclass(load(last.entry.settings), PredictSettings):  # has probabilities
                    confidence = steps.confidence(last)
                    yield from _labelled(confidence, f"{recipe}/{CONFIDENCE}/{split}")
                yield from _labelled(steps.masks(last), f"{recipe}/{MASKS}/{split}")

    def _all_scores(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The scores of the steps on train, and of all predictions on val, the last ones last."""
        for recipe in recipes:
            chain = self._plan.chain(recipe)
            for name, score in self._scores.on_train(chain):
                yield Artifact(score.path, score.job, f"{recipe}/{name}/train")
            for step in chain:
                if "predictions" in step.of.made:
                    score = self._scores.score_of(step, VAL)
                    yield Artifact(score.path, score.job, f"{recipe}/{step.name}/{VAL}")

    def _models(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The trained networks."""
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                if step.of.trains:
                    model = self._plan.steps.model(step)
                    yield Artifact(model.path, model.job, f"{recipe}/{step.name}")

    def _agreements(self, recipes: Sequence[str]) -> list[Artifact]:
        """The agreement of each recipe's steps with each other."""
        found = []
        for recipe in recipes:
            agreement = self._scores.agreement_of(recipe)
            found.append(Artifact(agreement.path, agreement.job, recipe))
        return found

    def _check(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The check of each recipe's masks, for a folder of the user's."""
        for recipe in recipes:
            if self._plan.dataset.own and self._plan.chain(recipe).last("predictions"):
                yield self._checks.check_of(recipe)

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

    def _full_for(self, recipes: Sequence[str]) -> list[Artifact]:
        """The score of full supervision at these settings, if it exists and is fresh, or if `full`
        is among the recipes. A report does not train it.
        """
        if FULL not in self._plan.recipes:
            return []
        return self._full if self._full_is_known or FULL in recipes else []

    @cached_property
    def _full(self) -> list[Artifact]:
        """The score of full supervision; [] where that recipe has an error."""
        try:
            return [self._scores.score_of(self._plan.prediction(FULL), VAL)]
        except UserError:
            return []

    @cached_property
    def _full_is_known(self) -> bool:
        """Whether that score is fresh. It is judged once, while planning, as the job's inputs must
        not change during the run.
        """
        return any(score.job is not None and self._is_fresh(score.job) for score in self._full)

    def compare(self) -> Job:
        """The comparison of the recipes in the setting `compare`, one row for each."""
        plan, place = self._plan, f"results/compare/{self._plan.dataset.name}"
        recipes = list(plan.config.compare)
        return Job(
            "compare",
            "compare_recipes.py",
            {"csv": f"{place}.csv", "table": f"{place}.md", "picture": f"{place}.png"},
            {"scores": list(self._all_scores(recipes))},
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


def _labelled(artifacts: Sequence[Artifact], label: str) -> list[Artifact]:
    """The artifacts, all with one label."""
    return [Artifact(artifact.path, artifact.job, label) for artifact in artifacts]
