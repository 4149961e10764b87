"""What a run shows of its jobs: a line for each that starts, ends or fails, and their progress."""

import json
import logging
import shutil
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest

from tests.conftest import DEFAULT, PROJECT
from tests.unit.test_plan import make_plan
from wsss.plan import terminal
from wsss.plan.outcome import describe_outcome, name_files
from wsss.plan.plan import Plan
from wsss.plan.terminal import Terminal, read_progress
from wsss.plan.users import name_users
from wsss.run import progress
from wsss.run.progress import Progress, in_words
from wsss.training.spent import Spent


class Said(list):
    """The lines of a terminal, without the time of day."""

    def __call__(self, line):
        self.append(line.split("] ", 1)[-1])


def event(name, **facts):
    record = logging.LogRecord("snakemake", logging.INFO, "", 0, facts.pop("msg", ""), (), None)
    record.__dict__.update(facts, event=SimpleNamespace(value=name) if name else None)
    return record


@pytest.fixture
def shown(monkeypatch):
    said = Said()
    found = Terminal(said, lambda: False)
    monkeypatch.setattr(found, "_watch", lambda: None)
    found.begin(3)
    return found, said


def start(jobid, log, reason=""):
    about = "train a classifier"
    return event("job_info", jobid=jobid, rule_name="r", rule_msg=about, log=[log], reason=reason)


def test_jobs_have_numbers_logs_and_durations(shown, tmp_path):
    found, said = shown
    assert not found.filter(start(7, "a.log"))
    assert not found.filter(
        start(2, "b.log", "Updated input files: work/.stale/setting-a-was-1e-5,-is--2, y")
    )
    assert not found.filter(event("job_finished", job_id=7))
    first = "1 of 3: train a classifier  (log: a.log)"
    assert said[:2] == [first, "2 of 3: train a classifier  (log: b.log)"]
    assert said[2].strip() == "again: setting a was 1e-5, is -2"
    assert said[3] == "1 of 3: done in 0 s (1 of 3 done)"


def test_jobs_say_for_which_rows_they_run(monkeypatch):
    said = Said()
    found = Terminal(said, lambda: False)
    monkeypatch.setattr(found, "_watch", lambda: None)
    found.begin(3, {"cam-1": "mine, seed 2"})
    facts = {"rule_name": "r", "rule_msg": "train a classifier cam-1"}
    found.filter(event("job_info", jobid=1, wildcards={"step": "cam-1"}, **facts))
    found.filter(event("job_info", jobid=2, wildcards={}, **facts))
    about = "train a classifier cam-1"
    assert said == [f"1 of 3: {about}, for mine, seed 2", f"2 of 3: {about}"]


def test_users_of_a_step_are_rows_seeds_and_compared_recipes(tmp_path):
    shutil.copytree(PROJECT / "recipes", tmp_path / "recipes")
    (tmp_path / "experiments").mkdir()
    row = (
        "{name: %s, recipe: cam, stage: predict, seeds: %d, settings: {labels: {crf: {alpha: %d}}}}"
    )
    rows = ", ".join(
        (row % ("a", 2, 2), row % ("b", 1, 3), row % ("c that is " + 9 * "long ", 1, 4))
    )
    (tmp_path / "experiments/own.yaml").write_text(f"about: x\nbeside: nothing\nrows: [{rows}]\n")
    plan = Plan({**DEFAULT, "dataset": "mini", "compare": ["cam", "psa"]}, root=tmp_path)
    users = name_users(plan, ["claims_own"])

    def users_of(row, seed, kind):
        step = next(s for s in plan.rows("own")[row][seed] if s.kind == kind)
        return users[PurePosixPath(step.folder).name]

    assert users_of(0, 0, "classifier") == "a, seed 0; b; and 1 more"
    assert users_of(0, 1, "classifier") == "a, seed 1"
    assert (users_of(0, 1, "labels"), users_of(2, 0, "segmenter")) == (
        "a, seed 1",
        "c that is long long long long long ...",
    )
    compared = name_users(plan, ["compare"])
    assert set(compared.values()) == {"all 2", "cam", "psa"}
    assert name_users(plan, ["results/cam/mini_val_miou.txt"]) == {}


def test_failed_job_shows_the_end_of_its_log(shown, tmp_path):
    found, said = shown
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {k}\n" for k in range(40)) + "error: the way out\n")
    found.filter(start(7, str(log)))
    assert not found.filter(event("job_error", jobid=7, rule_name="r", log=[str(log)]))
    assert said[1] == "1 of 3: failed: train a classifier"
    assert said[-1].strip() == "error: the way out" and "line 5" not in " ".join(said)
    found.filter(event("job_error", jobid=8, rule_name="verify", log=[str(log)]))
    assert said[-1].endswith("failed: verify")  # which has printed all by itself


def test_a_job_that_was_interrupted_has_not_failed(shown, tmp_path):
    found, said = shown
    log = tmp_path / "a.log"
    log.write_text("Traceback\nKeyboardInterrupt\n")
    ended = "WorkflowError:\nAt least one job did not complete successfully."
    assert found.filter(event(None, msg=ended))  # of a job that failed by itself
    found.filter(start(7, str(log)))
    asked = "Terminating processes on user request, this might take some time."
    assert not found.filter(event(None, msg=asked))
    found.filter(event("job_error", jobid=7, rule_name="r", log=[str(log)]))
    assert not found.filter(event(None, msg=ended))
    assert said[1:] == [
        "stopping; trainings write a checkpoint first",
        "1 of 3: stopped: train a classifier",
        "stopped; to go on, type the same command again",
    ]


def test_snakemakes_own_lines_on_the_machine_are_left_out(shown):
    found, said = shown
    for text in ("Select jobs to execute...", "Execute 1 jobs...", "Provided cores: 1"):
        assert not found.filter(event(None, msg=text))
    assert not found.filter(event("progress", done=1, total=3))
    assert found.filter(event(None, msg="Nothing to be done.")) and said == []
    assert found.filter(event("run_info", msg="Job stats:"))


def test_progress_in_a_log_is_shown_once(shown, tmp_path, monkeypatch):
    found, said = shown
    log = tmp_path / "a.log"
    found.filter(start(7, str(log)))
    found.look()
    assert len(said) == 1 and read_progress(log) == ""
    log.write_text("epoch\nprogress: step 1 of 9, 8 s left\nprogress: step 2 of 9, 7 s left\nx\n")
    found.look()
    found.look()
    assert said[1:] == ["1 of 3: step 2 of 9, 7 s left"]
    log.write_text("progress: step 3 of 9, 6 s left\n")
    found.look()
    assert len(said) == 2  # too soon
    monkeypatch.setattr(terminal, "PATIENCE", 0)
    found.look()
    assert said[-1] == "1 of 3: step 3 of 9, 6 s left"


def test_stages_print_progress_when_it_is_due(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    told = Progress(10, "step", done=2)
    told.tell(3)
    clock[0] = 12.0
    told.tell(4, "epoch 1 of 2")
    clock[0] = 20.0
    told.tell(5)
    assert capsys.readouterr().err == "progress: epoch 1 of 2, step 4 of 10, 36 s left\n"


def test_durations_are_told_in_large_units():
    assert [in_words(s) for s in (4, 700, 12_000)] == ["4 s", "12 min", "3 h 20 min"]


def test_interrupted_training_counts_all_its_starts(tmp_path):
    first = Spent(tmp_path)
    assert first.earlier == {"seconds": 0, "core_seconds": 0}
    first.note()
    assert not (tmp_path / "spent.json").exists()  # too soon
    (tmp_path / "spent.json").write_text(json.dumps({"seconds": 100, "core_seconds": 50}))
    second = Spent(tmp_path)
    second.note(now=True)
    total = Spent(tmp_path).earlier
    assert 100 <= total["seconds"] < 101 and 50 <= total["core_seconds"] < 60
    (tmp_path / "spent.json").write_text("[1")
    assert Spent(tmp_path).earlier == {"seconds": 0, "core_seconds": 0}


def test_end_says_where_masks_are_and_what_to_do_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    masks = tmp_path / "results/default/mini_masks/sub"
    masks.mkdir(parents=True)
    (masks / "a.png").touch()
    command = "snakemake --cores 2 --configfile presets/laptop.yaml my.yaml --config a=b"
    plan = make_plan()
    lines = describe_outcome(plan, ["results/default/mini_masks"], command)
    assert lines[0].startswith("masks of 1 photo: results/default/mini_masks/ (PNGs")
    text = "\n".join(lines[1:])
    assert f"{command} -- results/default/report/index.html" in text
    words = "predict_photos.py default NEW_PHOTOS --out NEW_MASKS --configfile presets/laptop.yaml"
    assert text.endswith(f"{words} my.yaml --config a=b")
    assert describe_outcome(plan, ["verify"], command) == []
    check = "results/default/mini_check.csv"
    (tmp_path / check).touch()
    lines = describe_outcome(plan, [check], command)
    assert lines == [f"photos, those to look at first: {check}"]


def test_end_names_the_files_of_a_rule_that_was_asked_for():
    rules = [
        SimpleNamespace(name="compare", output=["results/compare/mini.csv", "compare/mini.md"]),
        SimpleNamespace(name="verify", output=[], input=[]),
        SimpleNamespace(name="results_table", output=[], input=["claims/mini_results.md"]),
    ]
    asked = ["compare", "verify", "results/a.txt", "results_table"]
    files = list(name_files(asked, rules))
    assert files[:2] == ["results/compare/mini.csv", "compare/mini.md"]
    assert files[2:] == ["verify", "results/a.txt", "claims/mini_results.md"]


def test_end_shows_the_first_line_of_a_result(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/mini_val_miou.txt").write_text("mini val: 40.0 mIoU\nmore\n")
    lines = describe_outcome(make_plan(), [], "snakemake")
    assert lines[:2] == ["result: results/mini_val_miou.txt", "  mini val: 40.0 mIoU"]
