"""From tagged photos to a scored segmentation network: loads the settings, resolves recipes, includes the rules.

snakemake --cores 8 results/voc_val_miou.txt              the configured recipe
snakemake --cores 8 results/seam/voc_val_miou.txt         a recipe by name (recipes/seam.yaml)
snakemake --cores 2 --configfile presets/laptop.yaml --config dataset=mini -- results/mini_val_miou.txt
"""

import json
import os
import re
import sys
from pathlib import Path

HOUSE = Path(workflow.basedir)
sys.path.insert(0, str(HOUSE))

from wsss.plan.begin import hold_folder, load_plan, set_environment
from wsss.plan.needs import Needs
from wsss.plan.reporting import Reporting
from wsss.plan.workflow import named


configfile: HOUSE / "config.yaml"


PLAN = load_plan(config, workflow.config_settings.config)
INDEX = f"work/{PLAN.base}/index.json"
NEEDS, REPORTING = Needs(PLAN), Reporting(PLAN)
TARGETS = getattr(
    workflow.dag_settings, "targets", ()
)  # none where only the file is looked at
set_environment(PLAN.config, HOUSE, workflow.is_main_process, map(str, TARGETS))


onstart:
    if workflow.is_main_process:
        hold_folder()


wildcard_constraints:
    dataset=r"[a-z][a-z0-9]*",
    split=r"(?!labels)[a-z]+",
    recipe="|".join(map(re.escape, PLAN.chains)),
    k=r"\d+",
    n=r"\d+",


rule all:
    input:
        f"results/{PLAN.config.dataset}_val_miou.txt",
    localrule: True


include: "rules/data.smk"
include: "rules/saliency.smk"
include: "rules/classifier.smk"
include: "rules/cams.smk"
include: "rules/seeds.smk"
include: "rules/affinity.smk"
include: "rules/instances.smk"
include: "rules/labels.smk"
include: "rules/segmenter.smk"
include: "rules/score.smk"
include: "rules/report.smk"
include: "rules/experiments.smk"
include: "rules/upkeep.smk"
