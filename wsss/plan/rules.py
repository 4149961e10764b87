"""What the rule files ask of a plan: the job of a rule's wildcards, and the patterns of its
outputs.
"""

from collections.abc import Callable
from typing import Any

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.exports import ExportJobs
from wsss.plan.jobs import Job, JobOf
from wsss.plan.kind import Kind
from wsss.plan.plan import Plan
from wsss.plan.reports import ReportJobs
from wsss.plan.results import ResultJobs
from wsss.plan.scores import ScoreJobs

Flag = Callable[[str], Any]


class StepRules:
    """The rules of steps. `directory` is Snakemake's flag for outputs that are folders."""

    def __init__(self, plan: Plan, directory: Flag) -> None:
        self._plan, self._directory = plan, directory

    def outputs(self, kind: Kind) -> dict[str, Any]:
        """Argument -> pattern of a kind's outputs."""
        return {name: self._pattern(kind, TYPES[types[0]]) for name, types in kind.outputs.items()}

    def _pattern(self, kind: Kind, made: Type) -> Any:
        pattern = f"work/{{base}}/{kind.name}/{{step}}/{made.place('{split}', '{k}-of-{n}')}"
        is_file = "." in (made.ending if made.sharded else made.file)
        return pattern if is_file else self._directory(pattern)

    def whole(self, kind: Kind) -> JobOf:
        """The job of a step that is made whole."""
        return lambda w: self._plan.steps.job(self._plan.step(f"{w.base}/{kind.name}/{w.step}"))

    def shard(self, kind: Kind) -> JobOf:
        """The job of a shard of a step."""
        return lambda w: self._plan.steps.job(
            self._plan.step(f"{w.base}/{kind.name}/{w.step}"), w.split, shard_of(w)
        )

    def within_tags(self, w: Any) -> Job:
        """The job of a shard of predictions among the photos' tags."""
        return self._plan.steps.job(
            self._plan.step(f"{w.base}/predict/{w.step}"), w.split, shard_of(w), True
        )


class OtherRules:
    """The rules of scores, results, reports, exports and experiments."""

    def __init__(self, plan: Plan, is_fresh: Callable[[Job], bool]) -> None:
        self._plan = plan
        self.scores = ScoreJobs(plan)
        self.results = ResultJobs(plan, self.scores)
        self.reports = ReportJobs(plan, self.scores, is_fresh)
        self.exports = ExportJobs(plan, self.scores)
        self.tables = ExperimentJobs(plan, self.scores)

    def score(self, w: Any) -> Job:
        return self.scores.of_path(f"{w.base}/{w.kind}/{w.step}", w.artifact, w.split)

    def score_by_confident(self, w: Any) -> Job:
        return self.scores.by_confident(self._plan.step(f"{w.base}/walk/{w.step}"))

    def score_classifier(self, w: Any) -> Job:
        return self.scores.classifier(self._plan.step(f"{w.base}/classifier/{w.step}"), w.split)

    def result(self, w: Any) -> Job:
        return self.results.result(w.recipe, w.split)

    def configured_result(self, w: Any) -> Job:
        return self.results.configured_result(w.split)

    def step_result(self, w: Any) -> Job:
        return self.results.step_result(w.recipe, w.name)

    def agreement(self, w: Any) -> Job:
        return self.scores.agreement(w.recipe)

    def report(self, w: Any) -> Job:
        return self.reports.report(self.recipes_of_report(w.of), w.of)

    def recipes_of_report(self, of: str) -> list[str]:
        """The recipes of a report: one by its name, or those that are compared."""
        return list(self._plan.config.compare) if of == "compare" else [of]

    def pack_report(self, w: Any) -> Job:
        return self.reports.pack(w.of)

    def compare(self, w: Any) -> Job:
        return self.reports.compare()

    def draw_chain(self, w: Any) -> Job:
        return self.exports.draw_chain(w.recipe)

    def draw_supervision(self, w: Any) -> Job:
        return self.exports.draw_supervision(w.recipe)

    def export_labels(self, w: Any) -> Job:
        return self.exports.export_labels(w.recipe, w.format)

    def gather_masks(self, w: Any) -> Job:
        return self.exports.gather_masks(w.recipe)

    def find_instances(self, w: Any) -> Job:
        return self.exports.find_instances(
            self._plan.step(f"{w.base}/walk/{w.step}"), w.split, shard_of(w)
        )

    def write_instances(self, w: Any) -> Job:
        return self.exports.write_instances(w.recipe)

    def experiment(self, name: str) -> JobOf:
        return lambda w: self.tables.table(name)


def shard_of(w: Any) -> str:
    """k-of-n."""
    return f"{w.k}-of-{w.n}"
