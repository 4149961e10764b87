"""The code digest sees meaning, not text, and only what a stage can reach."""

import ast
import re
import shutil

import pytest

from tests.conftest import PROJECT
from wsss.classify.registry import CLASSIFIERS
from wsss.plan.config import config_model
from wsss.plan.plan import Plan
from wsss.run.code import Code
from wsss.run.methods import Method

CHAIN = Plan({**config_model()().model_dump(), "dataset": "mini"}).chain("default")


@pytest.fixture
def project(tmp_path):
    for folder in ("wsss", "stages"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    return tmp_path


def digests(project):
    code = Code(project)
    return {step.name: code.digest(f"stages/{step.of.script}", step.entry) for step in CHAIN}


def find_changed_stages(project, file, old, new):
    before = digests(project)
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    after = digests(project)
    return {level for level in before if before[level] != after[level]}


def test_comment_docstring_and_layout_do_not_change_the_digest(project):
    path = project / "wsss" / "crf" / "photo.py"
    assert (
        find_changed_stages(
            project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "# why\nSMALLEST  =  1e-5\n\n"
        )
        == set()
    )
    assert (
        find_changed_stages(project, "wsss/crf/photo.py", '"""Mean-field marginals', '"""Marginals')
        == set()
    )
    assert "# why" in path.read_text()


def test_how_labels_are_written_changes_labels_only(project):
    assert find_changed_stages(
        project,
        "stages/write_labels.py",
        "for photo, pixels in",
        "for photo, pixels in list([]) or",
    ) == {"labels"}


def test_the_crf_kernel_changes_the_stages_that_import_it(project):
    changed = find_changed_stages(
        project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6"
    )
    assert changed == {"confident", "labels", "predict"}


def test_added_method_does_not_change_digests_of_others(project):
    settings = '"wsss.classify.settings:ClassifierSettings"'
    entry = f'    "other": Method("wsss.classify.other:Other", {settings}),\n'
    assert (
        find_changed_stages(project, "wsss/classify/registry.py", '    "cam"', entry + '    "cam"')
        == set()
    )


def test_digest_of_cam_does_not_cover_seam(project):
    cam = CLASSIFIERS["cam"]
    before = Code(project).digest("stages/train_classifier.py", cam)
    path = project / "wsss" / "classify" / "seam.py"
    path.write_text(path.read_text() + "\nX = 1\n")
    assert Code(project).digest("stages/train_classifier.py", cam) == before
    assert "classifier" in find_changed_stages(project, "wsss/classify/seam.py", "X = 1", "X = 2")


@pytest.mark.parametrize(("edited", "other"), [("seam", "cpn"), ("cpn", "seam"), ("cpn", "cam")])
def test_edit_of_a_classifier_does_not_change_another_one(project, edited, other):
    def digest(name):
        return Code(project).digest("stages/train_classifier.py", CLASSIFIERS[name])

    before = digest(other), digest(edited)
    for file in (f"{edited}.py", f"{edited}_settings.py"):
        path = project / "wsss" / "classify" / file
        path.write_text(path.read_text() + "\nX = 1\n")
    assert digest(other) == before[0] and digest(edited) != before[1]


def test_digests_do_not_cover_the_collected_settings(project):
    assert (
        find_changed_stages(
            project, "wsss/plan/config.py", "class General", "X = 1\n\n\nclass General"
        )
        == set()
    )


LABELS = Method("wsss.labels.crf:crf_labels", "wsss.labels.settings:CrfLabelSettings")


def digest_of_labels(project, method=LABELS):
    return Code(project).digest("stages/write_labels.py", method)


@pytest.mark.parametrize(
    "line",
    [
        "from .. import extra",
        "from ..extra import X",
        "from . import more as other",
        "import wsss.extra",
        "def late():\n    from wsss.extra import X",
        "NAMED = 'wsss.extra:X'",
        "NAMED = 'wsss.extra'",
    ],
)
def test_digest_covers_every_form_of_import(project, line):
    (project / "wsss/extra.py").write_text("X = 1\n")
    (project / "wsss/labels/more.py").write_text("X = 1\n")
    path = project / "wsss/labels/crf.py"
    path.write_text(path.read_text() + line + "\n")
    before = digest_of_labels(project)
    other = project / ("wsss/labels/more.py" if "more" in line else "wsss/extra.py")
    other.write_text("X = 2\n")
    assert digest_of_labels(project) != before
    other.write_text("X = 1  # the same\n")
    assert digest_of_labels(project) == before


def test_module_named_in_a_docstring_is_not_covered(project):
    path = project / "wsss/labels/crf.py"
    path.write_text(path.read_text() + "# wsss.extra\n")
    assert "wsss/extra.py" not in Code(project).modules("stages/write_labels.py", LABELS)


@pytest.mark.parametrize(
    "other",
    [
        LABELS._replace(code="wsss.labels.crf:other_labels"),
        LABELS._replace(settings="wsss.labels.settings:LabelSettings"),
        LABELS._replace(reads=("maps",)),
    ],
)
def test_digest_covers_other_functions_of_a_module(project, other):
    assert digest_of_labels(project, other) != digest_of_labels(project)


def test_digest_covers_the_loader_of_methods(project):
    assert "labels" in find_changed_stages(
        project, "wsss/run/methods.py", 'target.partition(":")', 'target.rpartition(":")'
    )


def test_digest_covers_data_files_beside_a_module(project):
    (project / "wsss/labels/crf").mkdir()
    (project / "wsss/labels/crf/rows.txt").write_text("1")
    before = digest_of_labels(project)
    (project / "wsss/labels/crf/rows.txt").write_text("2")
    assert digest_of_labels(project) != before
    report = Code(project).digest("stages/write_report.py")
    style = project / "wsss/report/page/style.css"
    style.write_text(style.read_text() + " ")
    assert Code(project).digest("stages/write_report.py") != report


def test_digest_is_of_the_code_at_the_start_of_the_process(project):
    code = Code(project)
    before = code.digest("stages/write_labels.py", LABELS)
    assert find_changed_stages(project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    assert code.digest("stages/write_labels.py", LABELS) == before


@pytest.mark.parametrize(
    "path", sorted(PROJECT.glob("wsss/*/registry.py")), ids=lambda p: p.parent.name
)
def test_registries_are_tables_of_methods_and_nothing_else(path):
    """They belong to no digest, so nothing that computes may stand there."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
        elif isinstance(node, ast.ImportFrom):
            method = node.module == "wsss.run.methods" and [a.name for a in node.names] == [
                "Method"
            ]
            assert method or node.module.endswith(".registry")
        else:
            assert isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
            for key, value in zip(node.value.keys, node.value.values):
                if key is None:  # **OF_ANOTHER_TABLE
                    assert isinstance(value, ast.Name)
                    continue
                assert isinstance(key, ast.Constant) and value.func.id == "Method"
                given = [*value.args, *(keyword.value for keyword in value.keywords)]
                assert all(
                    isinstance(ast.literal_eval(argument), str | tuple | dict | None)
                    for argument in given
                )


def test_only_one_place_loads_modules_by_name():
    """What is loaded by a name that is put together cannot be found by reading."""
    for path in [*PROJECT.glob("wsss/**/*.py"), *PROJECT.glob("stages/*.py")]:
        text = path.read_text()
        forbidden = (
            r"import_module|__import__|importlib\.(machinery|abc|reload)|runpy|pkgutil|imp\.load"
        )
        assert path.name == "methods.py" or not re.search(forbidden, text), path
        assert not re.search(r"^\s*from \.", text, re.M), path
