"""What the scripts share that use a trained network outside of the workflow: the argument that
names it, a network or a recipe, and how it is loaded.
"""

import shlex
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from _project import Stage
from wsss.plan.prediction import (
    Ingredients,
    find_ingredients,
    predicted_target,
    read_plan,
    reasons_to_train,
)
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import validate
from wsss.segment.photo_predictor import PhotoPredictor, Regions, load_predictor
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.registry import PREDICTORS

MODEL = "model.safetensors"


def add_network(stage: Stage) -> None:
    """Declare the network or recipe, and what goes with either."""
    stage.argument("model", "a network (file or folder), or the name of a recipe")


def add_network_options(stage: Stage) -> None:
    """Declare the options that go with the network or the recipe."""
    stage.option(
        "configfile", "of a recipe: the settings of the dataset", nargs="+", type=Path, default=[]
    )
    stage.option("config", "of a recipe: single settings KEY=VALUE", nargs="+", default=[])
    stage.option("tagger", "the classifier, if tag_prior is not none", type=Path)
    stage.option("priors", "the factors on the labels (JSON), if any", type=Path)


def find_given(args: Namespace, settings: PredictSettings) -> Ingredients:
    """The network, the method and the settings that the first argument stands for.

    Of a recipe they are its own; `settings` that were typed win over them.
    """
    path = Path(args.model)
    if path.exists() or path.suffix == ".safetensors":
        whole = settings.model_dump(mode="json")
        return Ingredients("predict", whole, find_model(path), args.tagger, args.priors)
    plan, command = read_plan(args.configfile, args.config), command_of(args)
    given = find_ingredients(plan, args.model, command)
    reasons = reasons_to_train(plan, args.model)
    if reasons:
        print(
            f"note: what recipe {args.model} predicts with is out of date ({reasons[0]}); this "
            f"makes it again: {command} -- {predicted_target(plan, args.model)}",
            file=sys.stderr,
        )
    typed = settings.model_dump(mode="json", include=settings.model_fields_set)
    return replace(
        given,
        settings={**given.settings, **typed},
        tagger=args.tagger or given.tagger,
        priors=args.priors or given.priors,
    )


def command_of(args: Namespace) -> str:
    """The Snakemake command of the same configuration."""
    words = ["snakemake", "--cores", "2"]
    words += ["--configfile", *map(str, args.configfile)] if args.configfile else []
    return shlex.join([*words, *(["--config", *args.config] if args.config else [])])


def find_model(path: Path) -> Path:
    """The file of a network, of its path or that of its folder."""
    file = path / MODEL if path.is_dir() else path
    if not file.is_file():
        raise UserError(
            f"there is no network {file}; name a file {MODEL} or its folder (snakemake show_recipe "
            "prints the folders of a recipe)"
        )
    return file


def load_given(given: Ingredients, device: torch.device) -> PhotoPredictor:
    """The network, ready to predict."""
    entry = PREDICTORS[given.method]
    return load_predictor(
        given.model,
        given.method,
        validate(load(entry.settings), given.settings, "settings"),
        device,
        given.tagger,
        given.priors,
        regions_of(given),
    )


def regions_of(given: Ingredients) -> Regions | None:
    """The function that cuts a photo into superpixels, if the prediction reads them."""
    if given.superpixels is None:
        return None
    entry, values = given.superpixels
    make, settings = load(entry.code), validate(load(entry.settings), values, "superpixels")
    return lambda photo: np.asarray(make(photo, settings), np.int32)
