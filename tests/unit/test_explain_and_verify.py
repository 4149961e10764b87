"""Where two artifacts part, and which artifacts of a chain are not whole, by their records."""

from pathlib import Path

import pytest

from tests.conftest import write_record
from wsss.report.difference import explain_difference
from wsss.report.integrity import find_states, integrity_text
from wsss.run.artifacts import mark_work, place_of
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.records import GivenArtifact, Input, content_digest

EQUAL = "; all steps before it are equal\n  "


def make_artifact(folder, name, text, of=(), **told):
    """An artifact of the stage `name` with its records, made of the artifacts `of`."""
    path = folder / name / "maps" / "0-of-1.h5"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    inputs = {
        f"in{n}": Input.of([GivenArtifact("", content_digest(one), "")]) for n, one in enumerate(of)
    }
    write_record(
        path,
        stage=f"stages/{name}.py",
        inputs=inputs,
        place=place_of(path),
        outputs={path.name: content_digest(path)},
        **told,
    )
    paths = {name: [str(one.relative_to(folder))] for name, one in zip(inputs, of)}
    write_json(f"{path}.run.json", {"threads": 2, "inputs": paths})
    return path


def chain(folder, beta=8.0, own="own", walked="walked"):
    """A walk from maps from a file of the user's."""
    folder.mkdir()
    (folder / "own.csv").write_text(own)
    maps = make_artifact(folder, "export", "maps", [folder / "own.csv"], settings={"beta": beta})
    return make_artifact(folder, "walk", walked, [maps])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "both are the same"),
        (
            {"beta": 3.0, "walked": "b"},
            f"they part at stages/export.py{EQUAL}setting beta: 8.0 and 3.0",
        ),
        (
            {"own": "other", "walked": "b"},
            f"they part at stages/export.py{EQUAL}content of in0 differs",
        ),
        (
            {"walked": "b"},
            f"they part at stages/walk.py{EQUAL}equal settings and code, but not the same ",
        ),
    ],
)
def test_explain_names_the_first_step_that_differs(change, told, tmp_path):
    assert explain_difference(chain(tmp_path / "a"), chain(tmp_path / "b", **change)).startswith(
        told
    )


def test_explain_compares_chains_of_different_length_and_refuses_missing_records(tmp_path):
    walk = chain(tmp_path / "a")
    maps = tmp_path / "a" / "export" / "maps" / "0-of-1.h5"
    assert "one goes on with stages/walk.py and the other ends" in explain_difference(walk, maps)
    with pytest.raises(UserError, match=r"own\.csv has no record"):
        explain_difference(walk, tmp_path / "a" / "own.csv")


def test_explain_lists_modules_and_annotations_without_their_digests(tmp_path):
    for name, digit in (("a", "1"), ("b", "2")):
        (tmp_path / name).mkdir()
        modules = {f"wsss/m{k}.py": digit * 8 for k in range(8)}
        read = {"train": {"photos": digit, "mask": "same"}}
        make_artifact(tmp_path / name, "walk", name, modules=modules, read=read)
    paths = [tmp_path / name / "walk" / "maps" / "0-of-1.h5" for name in "ab"]
    told = explain_difference(*paths)
    assert "  code of wsss/m0.py, wsss/m1.py" in told and "wsss/m5.py and 2 more differ" in told
    assert "  read of train: photos differs" in told and "11111111" not in told


@pytest.mark.parametrize(
    ("note", "depth"), [("prov", 300), ("prov", 900), ("prov", 20_000), ("run", 20_000)]
)
def test_explain_refuses_records_that_nest_too_deep(depth, note, tmp_path):
    walk = chain(tmp_path / "a")
    Path(f"{walk}.{note}.json").write_text('{"a": ' + "[" * depth + "]" * depth + "}\n")
    with pytest.raises(UserError, match=r"a damaged record|cannot be read"):
        explain_difference(walk, walk)


def test_verify_reports_the_state_of_damaged_artifacts(tmp_path):
    mark_work(tmp_path)
    whole, damaged, old = (make_artifact(tmp_path / name, "cams", "x") for name in ("a", "b", "c"))
    damaged.write_text("y")
    write_json(f"{old}.prov.json", {"stage": "stages/s.py", "outputs": {}})
    steps = [str(path.parents[1]) for path in (whole, damaged, old)]
    found = find_states(steps[0]) | find_states(steps[1]) | find_states(steps[2])
    assert list(found.values()) == ["whole", "damaged", "a record of another version"]
    text = integrity_text([("cams", found)], {"labels/0-of-1": "setting beta: 8 and 6"})
    assert text.startswith("cams          1 whole, 1 a record of another version, 1 damaged\n")
    assert f"damaged: {damaged}" in text
    assert "\nstale: labels/0-of-1 (setting beta: 8 and 6)\n" in text
    assert text.endswith(
        "3 artifacts, 2 not whole, 1 out of date or not made; the usual command makes these\n"
    )
    damaged.unlink()
    assert list(find_states(steps[1]).values()) == ["missing"]
    fine = integrity_text([("cams", {"a": "whole"})], {})
    assert fine.endswith("1 artifacts, all whole, none out of date\n")


def test_verify_finds_models_without_records(tmp_path):
    mark_work(tmp_path)
    whole = make_artifact(tmp_path / "voc/classifier", "cam-0123456789ab", "x")
    model, step = whole.rename(whole.with_name("model.safetensors")), str(whole.parents[1])
    Path(f"{whole}.prov.json").unlink()
    assert find_states(step) == {}
    assert find_states(step, [str(model)]) == {str(model): "no record"}
    assert (
        find_states(str(tmp_path / "voc"), [str(model)])
        == {}
        == find_states(str(tmp_path / "other"), [str(model)])
    )
