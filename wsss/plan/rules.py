"""The functions from a rule's wildcards to its job (jobs.py), and the output patterns of the rules
of steps. The rule files (rules/*.smk) name them.

Wildcards: {base} is DATASET-digest, the dataset's folder under work/. {step} is METHOD-digest, the
folder of a step under work/{base}/KIND/. {k}-of-{n} is a shard.
"""

from collections.abc import Callable
from typing import Any

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.datasets.coco import CocoDataset
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.exports import ExportJobs
from wsss.plan.jobs import Job, JobOf
from wsss.plan.kind import Kind
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.pictures import PictureJobs
from wsss.plan.plan import Plan
from wsss.plan.reports import ReportJobs
from wsss.plan.results import ResultJobs
from wsss.plan.scores import ScoreJobs

Flag = Callable[[str], Any]
"""a flag of Snakemake's for an output: `directory`"""


class StepRules:
    """For rules/steps.smk. `directory` is Snakemake's flag for outputs that are folders."""

    def __init__(self, plan: Plan, directory: Flag) -> None:
        self._plan, self._directory = plan, directory

    def outputs(self, kind: Kind) -> dict[str, Any]:
        """Argument -> output pattern with wildcards, for the rule of a kind of step."""
        patterns = {}
        for name, types in kind.outputs.items():
            # all types of one output have the same path, as cam and prob do
            patterns[name] = self._pattern(kind, TYPES[types[0]])
        return patterns

    def _pattern(self, kind: Kind, made: Type) -> Any:
        """The output pattern of an artifact of a type; flagged as a folder if it has no ending."""
        pattern = f"work/{{base}}/{kind.name}/{{step}}/{made.place('{split}', '{k}-of-{n}')}"
        is_file = "." in (made.ending if made.sharded else made.file)
        return pattern if is_file else self._directory(pattern)

    def whole(self, kind: Kind) -> JobOf:
        """A function from {base}, {step} to the job, for a kind that is made whole."""
        return lambda w: self._plan.steps.job(self._plan.step(f"{w.base}/{kind.name}/{w.step}"))

    def shard(self, kind: Kind) -> JobOf:
        """A function from {base}, {step}, {split}, {k}, {n} to the job, for a kind in shards."""
        return lambda w: self._plan.steps.job(
            self._plan.step(f"{w.base}/{kind.name}/{w.step}"), w.split, shard_of(w)
        )

    def within_tags(self, w: Any) -> Job:
        """The job of a shard of masks: predictions restricted to each photo's tags."""
        step = self._plan.step(f"{w.base}/predict/{w.step}")
        return self._plan.steps.job(step, w.split, shard_of(w), within_tags=True)


class OtherRules:
    """For the other rule files. Each method gives the job of a rule for its wildcards `w`.

    `is_fresh` says whether all outputs of a job exist and none is stale.
    """

    def __init__(self, plan: Plan, is_fresh: Callable[[Job], bool]) -> None:
        self._plan = plan
        self.scores = ScoreJobs(plan)
        self.checks = CheckJobs(plan)
        self.results = ResultJobs(plan, self.scores, self.checks)
        self.reports = ReportJobs(plan, self.scores, self.checks, is_fresh)
        self.pictures = PictureJobs(plan, self.scores)
        self.exports = ExportJobs(plan)
        self.tables = ExperimentJobs(plan, self.scores)

    def draw_masks(self, w: Any) -> Job:
        dataset = self._plan.dataset
        assert isinstance(dataset, CocoDataset)  # the rule exists only then
        return dataset.masks_job(w.split, f"{w.k}/{w.n}")

    def score(self, w: Any) -> Job:
        return self.scores.of_path(f"{w.base}/{w.kind}/{w.step}", w.artifact, w.split)

    def score_list(self, w: Any) -> Job:
        step = self._plan.step(f"{w.base}/predict/{w.step}")
        return self.scores.list_job(step, w.list)

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

    def check_photos(self, w: Any) -> Job:
        return self.checks.check(w.recipe)

    def report(self, w: Any) -> Job:
        return self.reports.report(self.recipes_of_report(w.of), w.of)

    def recipes_of_report(self, of: str) -> list[str]:
        """The recipes of a report `of` one recipe, or of the setting `compare`."""
        return list(self._plan.config.compare) if of == "compare" else [of]

    def pack_report(self, w: Any) -> Job:
        return self.reports.pack(w.of)

    def compare(self, w: Any) -> Job:
        return self.reports.compare()

    def draw_chain(self, w: Any) -> Job:
        return self.pictures.draw_chain(w.recipe)

    def draw_supervision(self, w: Any) -> Job:
        return self.pictures.draw_supervision(w.recipe)

    def draw_clouds(self, w: Any) -> Job:
        return self.pictures.draw_clouds(w.recipe)

    def export_labels(self, w: Any) -> Job:
        return self.exports.export_labels(w.recipe, w.what, w.format)

    def gather_masks(self, w: Any) -> Job:
        return self.exports.gather_masks(w.recipe)

    def find_instances(self, w: Any) -> Job:
        return self.exports.find_instances(
            self._plan.step(f"{w.base}/walk/{w.step}"), w.split, shard_of(w)
        )

    def write_instances(self, w: Any) -> Job:
        return self.exports.write_instances(w.recipe)

    def experiment(self, name: str) -> JobOf:
        """The function for the rule claims_NAME, which has no wildcards."""
        return lambda w: self.tables.table(name)


def shard_of(w: Any) -> str:
    """The wildcards k and n as k-of-n."""
    return f"{w.k}-of-{w.n}"
