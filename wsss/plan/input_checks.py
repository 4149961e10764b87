"""Refuses settings of a step that need an input which the recipe does not give it, and inputs that
do not go together.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from wsss.plan.chains import Source
from wsss.plan.sources import Reader
from wsss.plan.step_settings import address
from wsss.run.errors import UserError

Json = dict[str, Any]
CLASS_TOKENS = "mctformer"
"""the classifier that has a class token for each class"""


def check_inputs(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Raise a UserError where the settings of a step need more than its `inputs`, and where these
    do not go together.
    """
    _check_saliency(reader, settings, inputs)
    _check_superpixels(reader, settings, inputs)
    _check_tagger(reader, settings, inputs)
    _check_soft(reader, settings, inputs)
    _check_multi_point(reader, settings, inputs)
    _check_priors(reader, inputs)
    _check_smoothing(reader, settings, inputs)
    _check_planes(reader, inputs)
    _check_groups(reader, settings, inputs)
    _check_class_tokens(reader, inputs)
    _check_start(reader, inputs)


def _check_saliency(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse a step that reads no saliency maps although its `background` needs them."""
    if settings.get("background") == "saliency" and "saliency" not in inputs:
        raise UserError(
            f"setting '{address(reader.draft, 'background')}' is 'saliency', but recipe "
            f"{reader.recipe} has no saliency maps; add 'saliency: contrast' to its chain, or say "
            "this setting in the recipes that have them"
        )


def _check_superpixels(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse the setting `pair: superpixels` of a classifier whose photos have no superpixels."""
    name, pair = reader.draft.name, address(reader.draft, "pair")
    if settings.get("pair") != "superpixels":
        return
    if "photos" in inputs:
        raise UserError(
            f"setting '{pair}' is 'superpixels', but superpixels are of the dataset's photos, and "
            f"'{name}' trains on others; set pair: grid"
        )
    if "superpixels" not in inputs:
        raise UserError(
            f"setting '{pair}' is 'superpixels', but recipe {reader.recipe} gives '{name}' none; "
            f"add 'superpixels: slic' to its chain before '{name}', or set pair: grid"
        )


def _check_groups(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse maps of groups of another classifier, and maps of epochs that it does not keep."""
    model, name = inputs.get("model"), reader.draft.name
    if (reader.draft.kind, reader.draft.method) != ("cams", "group") or model is None:
        return
    if model.step.method != "group":
        raise UserError(
            f"{reader.title} exports the maps of groups, and '{model.step.name}' is by "
            f"'{model.step.method}', which has none; write '{name}: cams', or take the classifier "
            "'group'"
        )
    accumulate = address(reader.draft, "accumulate")
    if settings.get("accumulate") and not model.step.settings.get("keep_epochs"):
        raise UserError(
            f"setting '{accumulate}' is true, but '{model.step.name}' keeps no weights of its "
            f"epochs; set {address(model.step, 'keep_epochs')} to true, or {accumulate} to false"
        )


def _check_class_tokens(reader: Reader, inputs: Mapping[str, Source]) -> None:
    """Refuse maps of class tokens of a classifier that has not one for each class, and maps of the
    attention of a single one of a classifier that has.
    """
    model, name = inputs.get("model"), reader.draft.name
    if reader.draft.kind != "cams" or model is None:
        return
    has_tokens = model.step.method == CLASS_TOKENS
    if reader.draft.method == "attention" and has_tokens:
        raise UserError(
            f"{reader.title} exports the attention of a single class token, and "
            f"'{model.step.name}' by '{CLASS_TOKENS}' has one for each class; write "
            f"'{name}: class_tokens'"
        )
    if reader.draft.method == "class_tokens" and not has_tokens:
        raise UserError(
            f"{reader.title} exports the maps of class tokens, and '{model.step.name}' is by "
            f"'{model.step.method}', which has none; write '{name}: cams', or take the classifier "
            f"'{CLASS_TOKENS}'"
        )


def _check_start(reader: Reader, inputs: Mapping[str, Source]) -> None:
    """Refuse weights of a network with a class token for each class for one without, and the
    other way round: the trunks have other shapes.
    """
    start = inputs.get("start")
    if start is None or (start.step.method == CLASS_TOKENS) == (
        reader.draft.method == CLASS_TOKENS
    ):
        return
    raise UserError(
        f"{reader.title} by '{reader.draft.method}' starts from '{start.step.name}' by "
        f"'{start.step.method}', but only '{CLASS_TOKENS}' has a class token for each class, so "
        f"the weights do not fit; leave out the input 'start' of '{reader.draft.name}'"
    )


def _check_tagger(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse a `tag_prior` of a step that reads no classifier."""
    prior, name = settings.get("tag_prior", "none"), reader.draft.name
    reads = reader.kind.methods[reader.draft.method].reads
    if prior == "none" or "tagger" in inputs or "tagger" not in reads:
        return
    taggers = [step.name for step in reader.before if "classifier" in step.of.made]
    tagger = taggers[-1] if taggers else "classifier"
    line = f"{name}: {{method: {reader.draft.method}, inputs: {{tagger: {tagger}}}}}"
    raise UserError(
        f"setting '{address(reader.draft, 'tag_prior')}' is '{prior}', but recipe {reader.recipe} "
        f"gives '{name}' no classifier; write in its chain '{line}', or say this setting in the "
        "recipes that have it"
    )


def _check_soft(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse the setting `soft` of a training whose labels have no confidence beside them. Labels
    that the training makes itself have it.
    """
    soft = settings.get("soft", "none")
    if soft != "none" and not _makes_labels(reader):
        what = Beside("confidence", "confidence")
        _check_beside(reader, inputs, what, "soft", f"'{soft}'", off="none")


def _makes_labels(reader: Reader) -> bool:
    """Whether a training makes its labels itself, where others of its kind read some."""
    taken = reader.kind.inputs.get("labels")
    reads = reader.kind.methods[reader.draft.method].reads
    return taken is not None and taken.by_method and "labels" not in reads


def _check_multi_point(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse the setting `multi_point` of a training whose labels have no boxes beside them."""
    if settings.get("multi_point"):
        what = Beside("boxes", "keep_boxes")
        _check_beside(reader, inputs, what, "multi_point", "above 0", off="0")


class Beside(NamedTuple):
    """What labels may have beside them."""

    name: str
    key: str
    """the setting of the step of labels that writes it"""


def _check_beside(
    reader: Reader, inputs: Mapping[str, Source], what: Beside, key: str, value: str, off: str
) -> None:
    """Refuse labels without what the training's setting `key` reads; `value` is that of the
    setting in words, `off` the one that reads nothing.
    """
    labels, setting = inputs.get("labels"), address(reader.draft, key)
    if labels is not None and labels.step.settings.get(what.key):
        return
    way_out = f"set {setting} to {off}"
    if labels is not None and what.key in labels.step.settings:
        way_out = f"set {address(labels.step, what.key)} to true, or {way_out}"
    raise UserError(
        f"setting '{setting}' is {value}, but recipe {reader.recipe} gives it no labels with "
        f"{what.name}; {way_out}"
    )


def _check_priors(reader: Reader, inputs: Mapping[str, Source]) -> None:
    """Refuse priors that were found for another network than the one that predicts."""
    if "priors" not in inputs or "model" not in inputs:
        return
    priors, model = inputs["priors"].step, inputs["model"].step
    found_for = priors.inputs["model"].step
    if found_for.folder != model.folder:
        raise UserError(
            f"{reader.title} predicts with '{model.name}', but '{priors.name}' are the priors of "
            f"'{found_for.name}'; write '{priors.name}: {{method: {priors.method}, inputs: "
            f"{{model: {model.name}}}}}' after '{model.name}'"
        )


def _check_smoothing(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    """Refuse a `smoothing` by superpixels of a step that reads none."""
    smoothing = settings.get("smoothing", "none")
    if smoothing in ("superpixels", "segments") and "superpixels" not in inputs:
        raise UserError(
            f"setting '{address(reader.draft, 'smoothing')}' is '{smoothing}', but recipe "
            f"{reader.recipe} has no superpixels; add 'superpixels: slic' to its chain, before the "
            "classifier"
        )


def _check_planes(reader: Reader, inputs: Mapping[str, Source]) -> None:
    """Refuse a prediction by planes of a classifier that has no plane of the background."""
    draft, model = reader.draft, inputs.get("model")
    if draft.kind != "predict" or draft.method != "mil" or model is None:
        return
    if model.step.method != "mil":
        raise UserError(
            f"{reader.title} by 'mil' reads planes of background and classes, which "
            f"'{model.step.name}' by '{model.step.method}' does not have; write "
            f"'{model.step.name}: mil', or '{draft.name}: class_maps'"
        )
