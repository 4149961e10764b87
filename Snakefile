"""From photos and weak annotations to a scored segmentation network.

Loads the settings and includes the rules.

snakemake --cores 8 results/voc_val_miou.txt              the configured recipe
snakemake --cores 8 results/seam/voc_val_miou.txt         a recipe by name (recipes/seam.yaml)
snakemake --cores 2 --configfile presets/laptop.yaml --config dataset=mini -- results/mini_val_miou.txt
"""

import os
import re
import sys
from pathlib import Path

PROJECT = Path(workflow.basedir)
sys.path.insert(0, str(PROJECT))

from wsss.export.registry import FORMATS as EXPORTS
from wsss.plan.artifacts import TYPES
from wsss.plan.outcome import describe_outcome, name_files
from wsss.plan.startup import (
    prepare_planning,
    read_forced,
    hold_folder,
    load_plan,
    name_command,
)
from wsss.plan.functions import argument_function, input_functions
from wsss.plan.kinds import KINDS
from wsss.plan.notes import Notes
from wsss.plan.resources import JobResources
from wsss.plan.photo_lists import SPLITS
from wsss.plan.rules import OtherRules, StepRules
from wsss.plan.staleness import Staleness
from wsss.plan.target_checks import check_typed_targets
from wsss.plan.terminal import say, show_jobs
from wsss.plan.upkeep import Upkeep
from wsss.plan.users import name_users
from wsss.run.artifacts import COMMAND


configfile: PROJECT / "config.yaml"


PLAN = load_plan(
    config, workflow.config_settings.config, workflow.overwrite_configfiles
)
DATASET = PLAN.dataset
if workflow.is_main_process:
    # Whether the run is dry is not known yet.
    TERMINAL = show_jobs(logger.handlers, lambda: workflow.dryrun)
prepare_planning(PLAN, PROJECT, workflow.is_main_process)
# Says by records which artifacts are stale. Snakemake's only rerun trigger is mtime, so stale
# artifacts get a newer file as an input (wsss/plan/marks.py).
STALE = Staleness(lambda: read_forced(workflow.dag_settings))
RESOURCES = JobResources(PLAN)
# The functions from wildcards to jobs: of the rules of steps, and of all other rules.
STEPS = StepRules(PLAN, directory)
JOBS = OtherRules(PLAN, STALE.is_fresh)
# Prints once which settings no step of the targets reads, and which files are not there.
NOTES = Notes(PLAN, lambda: workflow.dag_settings.targets, workflow.is_main_process)
UPKEEP = Upkeep(PLAN, STALE, NOTES.tell, lambda: workflow.dryrun)
# Each rule has a function from wildcards to a Job (wsss/plan/rules.py). READ makes its input
# function from that, and ARGUMENTS its params function.
READ = input_functions(ancient, local, STALE, workflow.is_main_process, NOTES.tell)
ARGUMENTS = argument_function
# Patterns for wildcard constraints.
BASE = re.escape(DATASET.base)
RECIPES = "|".join(map(re.escape, PLAN.recipes))
REPORTED = "|".join(map(re.escape, ["compare", *PLAN.recipes]))
SCORED = "|".join({type_.folder for type_ in TYPES.values() if type_.scored})
FORMATS = "|".join(EXPORTS)
# What a result may be of: a split, or a list of photos (the setting `lists`).
RESULTS = "|".join([*SPLITS, *PLAN.config.lists])
# The wildcard {name} of the rule step_result is a step. It must not match the files of other rules
# in results/RECIPE/.
NO_STEP = f"{RESULTS}|agreement|check|supervision|instances"
STEP_NAMES = (
    rf"(?!(?:{NO_STEP})(?:[._]|$))"
    r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?(?<!_miou)(?<!_chain)"
)


onstart:
    if workflow.is_main_process:
        hold_folder()
        name_command(map(str, workflow.dag_settings.targets))
        TERMINAL.begin(
            len(workflow.dag), name_users(PLAN, workflow.dag_settings.targets)
        )


onsuccess:
    if workflow.is_main_process:
        made = name_files(workflow.dag_settings.targets, workflow.rules)
        for line in describe_outcome(PLAN, made, os.environ[COMMAND]):
            say(line)


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


if workflow.is_main_process:
    check_typed_targets(PLAN, workflow.rules, sys.argv)
