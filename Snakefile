"""From photos and what is known of them to a scored segmentation network: loads the settings, includes the rules.

snakemake --cores 8 results/voc_val_miou.txt              the configured recipe
snakemake --cores 8 results/seam/voc_val_miou.txt         a recipe by name (recipes/seam.yaml)
snakemake --cores 2 --configfile presets/laptop.yaml --config dataset=mini -- results/mini_val_miou.txt
"""

import re
import sys
from pathlib import Path

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT))

from wsss.plan.artifacts import TYPES
from wsss.plan.startup import (
    start_run,
    read_forced,
    hold_folder,
    load_plan,
    name_command,
)
from wsss.plan.functions import argument_function, input_functions
from wsss.plan.kinds import KINDS
from wsss.plan.resources import JobResources
from wsss.plan.rules import OtherRules, StepRules
from wsss.plan.staleness import Staleness
from wsss.plan.unread import UnreadNote
from wsss.plan.upkeep import Upkeep


configfile: PROJECT / "config.yaml"


PLAN = load_plan(
    config, workflow.config_settings.config, workflow.overwrite_configfiles
)
DATASET = PLAN.dataset
start_run(PLAN, PROJECT, workflow.is_main_process)
STALE = Staleness(lambda: read_forced(workflow.dag_settings))
RESOURCES, STEPS, JOBS = (
    JobResources(PLAN),
    StepRules(PLAN, directory),
    OtherRules(PLAN, STALE.is_fresh),
)
NOTE = UnreadNote(PLAN, lambda: workflow.dag_settings.targets, workflow.is_main_process)
UPKEEP = Upkeep(PLAN, STALE, NOTE.tell)
READ = input_functions(ancient, local, STALE, workflow.is_main_process, NOTE.tell)
ARGUMENTS = argument_function
BASE = re.escape(DATASET.base)
RECIPES = "|".join(map(re.escape, PLAN.recipes))
REPORTED = "|".join(map(re.escape, ["compare", *PLAN.recipes]))
SCORED = "|".join({kind.folder for kind in TYPES.values() if kind.scored})
FORMATS = "coco|panoptic|labelme"
SPLITS = "train|trainaug|val|tune|fit|rest|all"
NO_STEP = f"{SPLITS}|agreement|supervision|instances"
STEP_NAMES = (
    rf"(?!(?:{NO_STEP})(?:[._]|$))"
    r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?(?<!_miou)(?<!_chain)"
)


onstart:
    if workflow.is_main_process:
        hold_folder()
        name_command(map(str, workflow.dag_settings.targets))


wildcard_constraints:
    dataset=r"[a-z][a-z0-9]*",
    split=r"[a-z]+",
    step=r"[^/]+",
    recipe=RECIPES,
    k=r"\d+",
    n=r"\d+",


rule all:
    input:
        f"results/{DATASET.name}_val_miou.txt",
    localrule: True


include: "rules/data.smk"
include: "rules/steps.smk"
include: "rules/score.smk"
include: "rules/report.smk"
include: "rules/exports.smk"
include: "rules/experiments.smk"
include: "rules/upkeep.smk"
