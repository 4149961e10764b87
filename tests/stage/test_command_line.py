"""The command line of every stage script: help, exit codes, and one line for what is wrong with the
arguments.
"""

import pytest

from tests.conftest import NET, PROJECT, check_done, check_refused

SCRIPTS = sorted(path.stem for path in (PROJECT / "stages").glob("[a-z]*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_names_the_script_and_its_options(script, stage):
    ended = check_done(stage(script, "--help"))
    assert f"stages/{script}.py" in ended.stdout and "--help" in ended.stdout


def test_script_runs_from_another_folder(run_stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "stages/verify.py" in check_done(run_stage("verify", "--help")).stdout


def test_help_of_a_method_lists_its_settings(stage):
    text = stage("train_classifier", "seam", "--help").stdout
    assert "--branch-scale" in text and "default 0.3" in text and "second branch" in text


@pytest.mark.parametrize(
    "words",
    [("score", "--whta", "maps"), ("train_classifier", "kam"), ("make_mini",)],
    ids=["unknown option", "unknown method", "missing option"],
)
def test_wrong_usage_has_exit_code_2(words, stage):
    assert stage(*words).returncode == 2


def test_wrong_settings_are_refused_with_their_names(stage, tmp_path):
    out = ["--out", tmp_path / "x"]
    check_refused(stage("make_mini", *out, "--train", "none"), "train", "'none'")
    wrong = stage("make_mini", *out, "--settings", '{"trian": 3}')
    check_refused(wrong, "trian", "did you mean 'train'")
    assert not (tmp_path / "x").exists()


@pytest.fixture
def out(tmp_path):
    """The words that name the output; nothing may be left there."""
    yield ["--out", tmp_path / "out"]
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".*.tmp"))


def test_missing_model_is_refused(stage, index_words, out, tmp_path):
    model = tmp_path / "none.safetensors"
    ended = stage("export_cams", "cams", *index_words, "--model", model, *out)
    check_refused(ended, "none.safetensors")


def test_missing_input_is_refused(stage, index_words, out):
    check_refused(stage("write_labels", "crf", *index_words, *out), "--maps")


def test_unknown_split_is_refused(stage, maps_words, out):
    ended = stage("write_labels", "crf", *maps_words, "--split", "vla", *out)
    check_refused(ended, "'vla'", "did you mean 'val'")


def test_shard_without_a_number_of_shards_is_refused(stage, model_words, out):
    check_refused(stage("export_cams", "cams", *model_words, "--shard", "3", *out), "k/n")


def test_missing_saliency_folder_is_refused(stage, maps_words, out, tmp_path):
    ended = stage("make_seeds", "threshold", *maps_words, "--saliency", tmp_path / "no", *out)
    check_refused(ended, "saliency")


def test_folder_without_voc_lists_is_refused(stage, out, tmp_path):
    ended = stage("make_index", "--name", "x", "--data-root", tmp_path, *out)
    check_refused(ended, "not a VOC folder")


def test_missing_gpu_is_refused(stage, index_words, out):
    words = [word if word != "cpu" else "cuda" for word in NET]
    check_refused(stage("train_classifier", "cam", *index_words, *out, *words), "cuda")
