"""Recipes: what can be said of steps, how they are joined, and what is refused in one line."""

import textwrap

import pytest

from tests.conftest import PROJECT
from wsss.plan.artifacts import TYPES, Type
from wsss.plan.config import config_model, section_model
from wsss.plan.kind import Companion, Input, Kind
from wsss.plan.kinds import KINDS, ORDER
from wsss.plan.plan import Plan
from wsss.plan.recipe_layers import override_steps
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.run.methods import Method

DEFAULT = config_model()().model_dump()
PLAIN = "wsss.run.settings:Settings"
SEEDED = "wsss.seeds.settings:SeedSettings"


def methods(*names, settings=PLAIN, **more):
    return {name: Method(f"toys.{name}:run", settings, **more) for name in names}


TOYS = (
    Kind(
        "scribbled",
        "draw labels from scribbles",
        "draw_scribbles",
        "draw.py",
        methods("scribbles", annotations=("scribble",)),
        PLAIN,
        {"out": ("labels",)},
        supervision="",
    ),
    Kind(
        "tasks",
        "train a network of three tasks",
        "train_tasks",
        "train.py",
        methods("auxsegnet"),
        PLAIN,
        {"out": ("classifier", "segmentation", "saliency_model")},
        {
            "labels": Input(("labels",)),
            "saliency": Input(("saliency",)),
            "start": Input(("segmentation",), optional=True),
        },
        (Companion("predict", "end"),),
    ),
    Kind(
        "spread",
        "spread maps and saliency",
        "spread",
        "spread.py",
        methods("cross", settings=SEEDED),
        SEEDED,
        {"out_maps": ("cam",), "out_saliency": ("saliency",)},
        {"model": Input(("classifier",)), "original": Input(("saliency",))},
    ),
    Kind(
        "online",
        "train one network from tags",
        "train_online",
        "online.py",
        methods("rrm", "aalr"),
        PLAIN,
        {"out": ("segmentation",)},
        companions=(Companion("predict", "end"),),
    ),
    Kind(
        "stacked",
        "put photos of a scene together",
        "make_cloud",
        "cloud.py",
        methods("geometry", annotations=("boxes", "depth")),
        PLAIN,
        {"out": ("points",)},
        {"predictions": Input(("predictions",), optional=True)},
        supervision="",
    ),
    Kind(
        "projected",
        "labels from the points of a scene",
        "project",
        "project.py",
        methods("zbuffer"),
        PLAIN,
        {"out": ("labels",)},
        {"points": Input(("points",))},
        supervision="",
    ),
)


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    for place, kind in enumerate(TOYS):
        monkeypatch.setitem(KINDS, kind.name, kind)
        monkeypatch.setitem(ORDER, kind.name, len(ORDER) + place)
    yield
    section_model.cache_clear()


@pytest.fixture
def chain(tmp_path):
    """Resolve a recipe that is given as text; `others` are further recipe files."""

    def resolved(text, values=(), others=(), split="train", laid=None, typed=(), **more):
        for name, other in dict(others).items():
            (tmp_path / f"{name}.yaml").write_text(textwrap.dedent(other))
        (tmp_path / "odd.yaml").write_text("about: odd\n" + textwrap.dedent(text))
        settings = StepSettings({**DEFAULT, **dict(values)}, dict(typed), **more)
        return resolve(read_recipe(tmp_path / "odd.yaml", laid), settings, "base", split)

    return resolved


def reads(chain):
    """Step -> input -> the step that it is read from."""
    return {
        step.name: {name: source.step.name for name, source in step.inputs.items()}
        for step in chain
    }


def check_refused(chain, text, *words, **more):
    with pytest.raises(UserError) as error:
        chain(text, **more)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_inputs_are_the_nearest_earlier_artifacts_of_their_type(chain):
    found = reads(
        chain(
            "chain: {classifier: seam, refine: pcm, seeds: threshold, grow: dsrg, affinity: psa, "
            "labels: crf, "
            "segmenter: deeplab}"
        )
    )
    assert list(found) == [
        "classifier",
        "cams",
        "refine",
        "seeds",
        "grow",
        "segmentation_maps",
        "confident",
        "affinity",
        "walk",
        "labels",
        "segmenter",
        "predict",
    ]
    assert found["seeds"] == {"maps": "refine"} and found["confident"] == {
        "maps": "segmentation_maps"
    }
    assert found["walk"] == {"model": "affinity", "maps": "segmentation_maps"} and found[
        "labels"
    ] == {"maps": "walk"}
    assert found["predict"] == {"model": "segmenter"}


def test_rounds_are_unrolled_and_read_the_round_before(chain):
    found = reads(
        chain("""
        chain:
          saliency: contrast
          classifier: cam
          labels: crf
          rounds:
            times: 3
            chain:
              tasks:
                method: auxsegnet
                inputs: {labels: before.labels, saliency: before.spread, start: before.tasks}
                first: {labels: labels, saliency: saliency}
              spread: {method: cross, inputs: {model: tasks, original: saliency}}
              labels: crf
        """)
    )
    assert found["round1.tasks"] == {"labels": "labels", "saliency": "saliency"}
    assert found["round3.tasks"] == {
        "labels": "round2.labels",
        "saliency": "round2.spread",
        "start": "round2.tasks",
    }
    assert found["round2.spread"] == {"model": "round2.tasks", "original": "saliency"}
    assert found["round2.labels"] == {"maps": "round2.spread", "saliency": "round2.spread"}
    assert found["predict"] == {"model": "round3.tasks"} and list(found)[-1] == "predict"


ROUNDS = """
    chain:
      saliency: contrast
      classifier: cam
      labels: argmax
      rounds:
        times: 4
        chain:
          tasks:
            method: auxsegnet
            inputs: {labels: before.labels, saliency: before.spread, start: before.tasks}
            first: {labels: labels, saliency: saliency}
          spread: {method: cross, inputs: {model: tasks, original: saliency}}
          labels: argmax
        settings: {2: {labels: {threshold: 0.4}}}
    """


def test_setting_of_a_round_changes_folders_of_it_and_later_rounds(chain):
    settings = {step.name: step.settings for step in chain(ROUNDS)}
    assert [settings[f"round{n}.labels"]["threshold"] for n in (1, 2, 3)] == [0.2, 0.4, 0.2]
    before = {step.name: step.folder for step in chain(ROUNDS)}
    for values in (
        {"steps": {"round2.labels": {"threshold": 0.5}}},
        {"steps": {"round2.spread": {"foreground": 0.5}}},
    ):
        after = {step.name: step.folder for step in chain(ROUNDS, values)}
        moved = {name for name in before if before[name] != after[name]}
        first = next(iter(values["steps"]))
        assert moved == set(list(before)[list(before).index(first) :])


def test_equal_rounds_have_folders_of_their_own(chain):
    folders = [step.folder for step in chain(ROUNDS)]
    assert len(set(folders)) == len(folders) and all(folder.count("/") == 2 for folder in folders)


def test_steps_inside_and_outside_rounds_have_separate_companions(chain):
    found = reads(
        chain("""
        chain:
          classifier: cam
          rounds:
            times: 2
            chain:
              classifier:
                method: cam
                inputs: {start: before.classifier}
                first: {start: classifier}
              affinity: {method: psa, inputs: {start: before.affinity}}
          confident: {method: psa, inputs: {maps: round2.walk}}
          affinity: psa
          walk: {method: psa, inputs: {maps: round2.walk}}
        """)
    )
    own = ["classifier", "cams", "confident", "affinity", "walk"]
    assert list(found) == [
        *own[:2],
        *(f"round{n}.{name}" for n in (1, 2) for name in own),
        *own[2:],
    ]
    assert found["round1.cams"] == {"model": "round1.classifier"} and found["cams"] == {
        "model": "classifier"
    }
    assert found["walk"] == {"model": "affinity", "maps": "round2.walk"}
    assert found["round2.affinity"] == {"confident": "round2.confident", "start": "round1.affinity"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "chain: {scribbled: scribbles, segmenter: deeplab}",
            {
                "scribbled": {},
                "segmenter": {"labels": "scribbled"},
                "predict": {"model": "segmenter"},
            },
        ),
        ("chain: {online: aalr}", {"online": {}, "predict": {"model": "online"}}),
        ("chain: {saliency: contrast}", {"saliency": {}}),
        (
            "chain: {classifier: cam, refine: pcm}",
            {"classifier": {}, "cams": {"model": "classifier"}, "refine": {"model": "classifier"}},
        ),
        ("chain: {classifier: cam, cams: null}", {"classifier": {}}),
        (
            """chain:
          rounds:
            times: 2
            chain:
              stacked: {method: geometry, inputs: {predictions: before.predict}}
              projected: zbuffer
              segmenter: deeplab
              predict: predict""",
            {
                "round1.stacked": {},
                "round1.projected": {"points": "round1.stacked"},
                "round1.segmenter": {"labels": "round1.projected"},
                "round1.predict": {"model": "round1.segmenter"},
                "round2.stacked": {"predictions": "round1.predict"},
                "round2.projected": {"points": "round2.stacked"},
                "round2.segmenter": {"labels": "round2.projected"},
                "round2.predict": {"model": "round2.segmenter"},
            },
        ),
    ],
)
def test_recipes_without_the_usual_order_of_kinds(chain, text, expected):
    assert reads(chain(text)) == expected


def test_recipes_with_a_predicting_classifier_or_seeds_from_saliency(chain, monkeypatch):
    predict = KINDS["predict"].methods | {
        "by_classes": Method("x:y", KINDS["predict"].shared, takes={"model": ("classifier",)})
    }
    seeds = KINDS["seeds"].methods | {"by_saliency": Method("x:y", SEEDED, reads=("saliency",))}
    for name, entries in (("predict", predict), ("seeds", seeds)):
        monkeypatch.setitem(KINDS, name, Kind(**{**vars(KINDS[name]), "methods": entries}))
    assert reads(chain("chain: {classifier: cam, predict: by_classes}"))["predict"] == {
        "model": "classifier"
    }
    found = reads(chain("chain: {saliency: contrast, seeds: by_saliency, grow: sec}"))
    assert found["seeds"] == {"saliency": "saliency"} and "segmentation_maps" in found


def test_chain_names_its_supervision(chain):
    assert chain("chain: {scribbled: scribbles, segmenter: deeplab}").supervision == ["scribbles"]
    assert chain("chain: {labels: truth, segmenter: deeplab}").supervision == ["masks"]
    assert chain("chain: {classifier: cam, labels: crf, segmenter: deeplab}").supervision == [
        "tags"
    ]
    told = chain(
        "chain: {saliency_net: deeplab, saliency: learned, classifier: cam, seeds: threshold, "
        "grow: dsrg}"
    )
    assert told.supervision == ["saliency masks of other photos", "tags"]


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("scribbles", ["scribbles", "tags"]),
        ("points", ["points", "tags"]),
        ("boxes", ["boxes", "tags"]),
        ("simulated_scribbles", ["scribbles simulated from masks"]),
        ("truth", ["masks"]),
        ("mixture", ["boxes", "masks", "points", "scribbles", "tags"]),
    ],
)
def test_chain_names_the_annotations_of_its_labels(chain, method, words):
    found = chain(f"chain: {{labels: {method}, segmenter: deeplab}}")
    assert found.supervision == words and reads(found)["segmenter"] == {"labels": "labels"}


def test_mixture_reads_earlier_labels_and_names_what_its_settings_read(chain):
    found = chain(
        "chain: {classifier: cam, pseudo: {kind: labels, method: crf}, labels: mixture}\n"
        "settings: {labels: {mixture: {order: [mask], mask_share: 0.05}}}"
    )
    assert reads(found)["labels"] == {"rest": "pseudo"}
    assert found.supervision == ["masks of 5 % of the photos", "tags"]


def test_mixture_names_no_annotations_that_no_photo_has(chain, tmp_path):
    found = chain("chain: {classifier: cam, pseudo: {kind: labels, method: crf}, labels: mixture}")
    given = {"dataset": "pets", "data_root": str(tmp_path), "annotations": {"boxes": "b.csv"}}
    lacking = Plan({**DEFAULT, **given}).dataset.lacking
    assert found.known_of(lacking) == ["boxes", "tags"]
    assert found.known_of(Plan({**DEFAULT, "dataset": "mini"}).dataset.lacking) == [
        *("boxes", "masks", "tags")
    ]
    strokes = chain("chain: {labels: scribbles, segmenter: deeplab}")
    assert strokes.known_of({"scribbles"}) == ["scribbles", "tags"], "it needs them"


def test_ambiguous_branches_must_be_named(chain):
    text = "chain: {classifier: cam, second: {kind: classifier, method: seam}, labels: LABELS}"
    check_refused(
        chain,
        text.replace("LABELS", "crf"),
        "'second_cams' or from 'cams'",
        "inputs: {maps: second_cams}",
    )
    found = reads(chain(text.replace("LABELS", "{method: crf, inputs: {maps: second_cams}}")))
    assert found["second_cams"] == {"model": "second"} and found["cams"] == {"model": "classifier"}
    assert found["labels"] == {"maps": "second_cams"}


def test_companions_can_be_named_or_left_out(chain):
    assert chain(
        "chain: {classifier: cam, labels: argmax, segmenter: deeplab, predict: null}"
    ).names == ["classifier", "cams", "labels", "segmenter"]
    named = chain(
        "chain: {classifier: cam, cams: {method: cams, settings: {stride: 4}}, labels: argmax}"
    )
    assert named.step("cams").settings["stride"] == 4 and named.names == [
        "classifier",
        "cams",
        "labels",
    ]


def test_a_second_companion_is_left_out_by_its_name(chain):
    text = "chain: {classifier: cam, second: {kind: classifier, method: seam}, OUT labels: argmax}"
    without = chain(text.replace("OUT", "second_cams: null,"))
    assert without.names == ["classifier", "cams", "second", "labels"]
    assert reads(without)["labels"] == {"maps": "cams"}
    in_rounds = text.replace("chain: {", "chain: {rounds: {times: 1, chain: {")[:-1] + "}}}"
    rounds = chain(in_rounds.replace("OUT", "second_cams: null,"))
    assert rounds.names == [f"round1.{name}" for name in without.names]
    assert chain(in_rounds.replace("OUT", "")).names[3] == "round1.second_cams"


def test_new_steps_with_names_of_their_own_are_placed_by_their_kinds():
    base = {"classifier": "cam", "labels": "crf", "predict": "predict"}
    tagger = {"kind": "classifier", "method": "cam"}
    over = {"tagger": tagger, "tagger_cams": None, "seeds": "threshold"}
    steps = override_steps(base, over, "r")
    in_use = [name for name, value in steps.items() if value is not None]
    assert in_use == ["classifier", "tagger", "seeds", "labels", "predict"]
    for mistyped in ("taggr", "taggr_cams"):
        with pytest.raises(UserError, match=f"there is no kind of step '{mistyped}'"):
            override_steps(base, {"tagger": tagger, mistyped: None}, "r")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "chain: {classifier: cam, grow: dsrg, labels: crf}",
            ["grow: dsrg", "needs seeds", "threshold"],
        ),
        ("chain: {labels: crf, segmenter: deeplab}", ["labels: crf", "needs maps", "cams"]),
        (
            "chain: {saliency: learned, classifier: cam, labels: crf}",
            ["'saliency: learned'", "saliency_net"],
        ),
        (
            "chain: {classifier: kam, labels: crf, segmenter: deeplab}",
            ["'kam'", "did you mean 'cam'"],
        ),
        (
            "chain: {classifier: cam, refine: par, labels: crf}",
            ["'refine: par' is no step: par is a method of labels; methods of refine: pcm"],
        ),
        (
            "chain: {clasifier: cam, labels: crf, segmenter: deeplab}",
            ["'clasifier'", "did you mean 'classifier'"],
        ),
        ("chain: {classifier: cam, walk: psa, labels: crf}", ["walk: psa", "affinity"]),
        (
            "chain: {classifier: cam, affinity: irn, walk: psa, labels: crf}",
            ["'walk: psa' does not go with irn"],
        ),
        ("chain: {labels: crf, classifier: cam}", ["labels: crf", "needs maps"]),
        ("chain: {classifier: cam, cms: null}", ["'cms'", "did you mean 'cams'"]),
        (
            "chain: {rounds: {times: 1, chain: {classifier: cam, cms: null}}}",
            ["'cms'", "did you mean 'cams'"],
        ),
        (
            "chain: {classifier: cam, labels: {method: truth, inputs: {maps: cams}}}",
            ["step 'labels' by 'truth' reads no maps", "take it out"],
        ),
        ("chain: {classifier: cam, classifier: seam}", ["'classifier' stands twice", "line 2"]),
        (
            "chain: {classifier: cam}\nsettings: {seeds: {foreground: 0.2, foreground: 0.3}}",
            ["'foreground' stands twice"],
        ),
        (
            "chain: {classifier: cam, labels: {method: crf, inputs: {maps: classifier}}}",
            ["takes cam or prob", "makes classifier"],
        ),
        (
            "chain: {classifier: cam, labels: {method: crf, inputs: {maps: cans}}}",
            ["'cans'", "did you mean 'cams'"],
        ),
        (
            "chain: {classifier: cam, labels: {method: crf, inputs: {map: cams}}}",
            ["no input 'map'", "did you mean 'maps'"],
        ),
        (
            "chain: {classifier: cam, labels: {method: crf, input: {}}}",
            ["input", "did you mean 'inputs'"],
        ),
        ("chain: {classifier: cam, labels: 3}", ["'labels' is 3"]),
        (
            "chain: {classifier: cam}\nsettings: {seads: {foreground: 0.2}}",
            ["'seads'", "did you mean 'seeds'"],
        ),
        (
            "chain: {classifier: cam, cams: cams, refine: pcm, second: {kind: labels, method: crf, "
            "settings: {alfa: 1}}}",
            ["second.crf.alfa", "did you mean 'alpha'"],
        ),
        ("chain: {rounds: {times: 0, chain: {}}}", ["rounds.times", "0"]),
        (
            "chain: {rounds: {times: 2, chain: {online: {method: rrm, inputs: {labels: "
            "before.x}}}}}",
            ["no input 'labels'"],
        ),
        ("chain: [", ["cannot be read"]),
    ],
)
def test_wrong_recipe_is_refused_in_one_line(chain, text, words):
    check_refused(chain, text, *words)


def test_recipe_may_extend_another(chain):
    base = {
        "base": "about: b\n"
        "chain: {classifier: cam, affinity: psa, labels: crf, segmenter: deeplab}\n"
    }
    shorter = chain("like: base\nchain: {affinity: null}\n", others=base)
    assert shorter.names == ["classifier", "cams", "labels", "segmenter", "predict"]
    longer = chain("like: base\nchain: {refine: pcm, classifier: seam}\n", others=base)
    assert (
        longer.names[:4] == ["classifier", "cams", "refine", "confident"]
        and longer.step("classifier").method == "seam"
    )
    laid = chain("like: base\nchain: {saliency_net: deeplab, saliency: learned}\n", others=base)
    assert laid.names[:3] == ["saliency_photos", "saliency_net", "saliency"]
    twice = chain(
        "like: base\nchain: {}\n", others=base, laid={"labels": "argmax", "refine": "pcm"}
    )
    assert twice.step("labels").method == "argmax" and "refine" in twice.names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("like: b\n", "leads back to itself"),
        ("like: bb\n", "did you mean 'b'"),
    ],
)
def test_recipe_that_extends_itself_or_nothing_is_refused(chain, text, message):
    check_refused(chain, text, message, others={"b": "about: b\nlike: odd\nchain: {}\n"})


def test_extended_recipe_may_change_the_number_of_rounds(chain):
    shorter = chain(
        "like: base\nchain: {rounds: {times: 2}}\n",
        others={"base": "about: b\n" + textwrap.dedent(ROUNDS)},
    )
    assert "round2.labels" in shorter.names and "round3.labels" not in shorter.names


def test_chains_on_different_splits_share_no_training(chain):
    text = "chain: {saliency: contrast, classifier: cam, seeds: threshold, grow: dsrg}"
    all_of_it, part = chain(text), chain(text, split="fit")
    same = {a.name for a, b in zip(all_of_it, part) if a.folder == b.folder}
    assert same == {"saliency"}


def test_saliency_changes_only_steps_that_read_it(chain):
    tail = "classifier: cam, seeds: threshold, grow: sec, labels: argmax, segmenter: deeplab}"
    plain, cued = chain("chain: {" + tail), chain("chain: {saliency: contrast, " + tail)
    moved = [step.name for step in plain if cued.step(step.name).folder != step.folder]
    assert moved == ["seeds", "grow", "segmentation_maps", "labels", "segmenter", "predict"]


def test_saliency_as_background_needs_saliency(chain):
    text = (
        "settings: {labels: {crf: {background: saliency}}}\nchain: {%sclassifier: cam, labels: crf}"
    )
    check_refused(chain, text % "", "'labels.crf.background' is 'saliency'", "saliency: contrast")
    assert "saliency" in reads(chain(text % "saliency: contrast, "))["labels"]


def test_soft_labels_need_labels_with_confidence(chain):
    text = (
        "settings: {segmenter: {soft: second}, labels: {crf: {confidence: %s}}}\n"
        "chain: {classifier: cam, labels: crf, segmenter: deeplab}"
    )
    way_out = "set labels.crf.confidence to true, or set segmenter.soft to none"
    check_refused(chain, text % "false", "'segmenter.soft' is 'second'", way_out)
    assert chain(text % "true").step("segmenter").settings["soft"] == "second"
    masks = "settings: {segmenter: {soft: confidence}}\nchain: {labels: truth, segmenter: deeplab}"
    check_refused(chain, masks, "no labels with confidence; set segmenter.soft to none")
    other = "settings: {saliency_net: {soft: confidence}}\nchain: {saliency_net: deeplab}"
    check_refused(chain, other, "'saliency_net.soft' is 'confidence'")


def test_a_segmenter_starts_from_a_classifier(chain):
    text = (
        "chain: {classifier: cam, labels: crf, "
        "segmenter: {method: deeplab, inputs: {start: classifier}}}"
    )
    assert reads(chain(text))["segmenter"] == {"labels": "labels", "start": "classifier"}


def test_precedence_of_settings(chain):
    text = (
        "chain: {classifier: cam, labels: crf, more: {kind: labels, method: crf}}\n"
        "settings: {labels: {crf: {alpha: 2}}, more: {crf: {alpha: 3}}}"
    )

    def alphas(**more):
        return [chain(text, **more).step(name).settings["alpha"] for name in ("labels", "more")]

    assert alphas() == [2, 3]
    typed = {"labels": {"crf": {"alpha": 5.0}}}
    assert alphas(values={"labels": {**DEFAULT["labels"], "crf": {"alpha": 5.0}}}, typed=typed) == [
        5,
        5,
    ]
    assert alphas(row={"more": {"crf": {"alpha": 7}}}) == [2, 7]
    assert alphas(values={"steps": {"labels": {"crf": {"alpha": 9}}}}) == [9, 3]


def test_every_training_has_the_seed_and_shared_networks_the_first(chain):
    """What an experiment makes once for all its seeds has the first of them."""
    text = "chain: {saliency_net: deeplab, saliency: learned, classifier: cam, labels: crf}"
    steps = chain(text, values={"seed": 5}, first_seed=3)
    assert KINDS["saliency_net"].once and not KINDS["classifier"].once
    assert steps.step("saliency_net").settings["seed"] == 3
    assert steps.step("classifier").settings["seed"] == 5


def test_kinds_use_only_known_types():
    for kind in KINDS.values():
        for name in (*kind.made, *(one for taken in kind.inputs.values() for one in taken.types)):
            assert isinstance(TYPES[name], Type)
        whole = {"index", "other_photos", "points", "priors", "thresholds"} & set(kind.made)
        assert kind.trains != kind.sharded or whole


def test_every_kind_has_a_script_and_a_rule_of_its_own():
    for kind in (one for one in KINDS.values() if one not in TOYS):
        assert (PROJECT / "stages" / kind.script).is_file()
    names = [kind.rule for kind in KINDS.values()]
    assert len(set(names)) == len(names)
