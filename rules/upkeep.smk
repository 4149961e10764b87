# Targets without outputs: they check or delete artifacts in work/, or show a recipe.


rule verify:
    log:
        f"logs/{DATASET.base}/verify.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        arguments=UPKEEP.for_recipe(UPKEEP.verify),
    message:
        f"check the artifacts of recipe {PLAN.config.recipe}"
    shell:
        'python "$STAGES"/verify.py {params.arguments} 2>&1 | tee {log:q}'


rule clean:
    log:
        f"logs/{DATASET.base}/clean.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        arguments=UPKEEP.for_recipe(UPKEEP.clean),
    message:
        f"delete what only recipe {PLAN.config.recipe} uses"
    shell:
        'python "$STAGES"/clean.py {params.arguments} 2>&1 | tee {log:q}'


rule clean_unused:
    log:
        f"logs/{DATASET.base}/clean_unused.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        arguments=UPKEEP.for_recipe(UPKEEP.clean_unused),
    message:
        "delete the folders of steps that no recipe and no experiment has under these settings"
    shell:
        'python "$STAGES"/clean.py {params.arguments} 2>&1 | tee {log:q}'


rule show_recipe:
    log:
        f"logs/{DATASET.base}/show_recipe.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        text=UPKEEP.for_recipe(UPKEEP.describe),
    message:
        f"recipe {PLAN.config.recipe}, step by step"
    shell:
        "printf '%s' {params.text:q} | tee {log:q}"
