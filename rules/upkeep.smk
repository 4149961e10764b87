# Targets that look after work/: nothing here makes an artifact.


rule verify:
    log:
        f"logs/{PLAN.base}/verify.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        folders=[
            f"dataset=work/{PLAN.base}",
            *(
                f"{node.level}=work/{node.folder}"
                for node in PLAN.chains[PLAN.config.recipe]
            ),
        ],
    message:
        f"checking the artifacts of recipe {PLAN.config.recipe}"
    shell:
        'python "$STAGES"/verify.py --folders {params.folders} 2>&1 | tee {log}'


rule clean:
    log:
        f"logs/{PLAN.base}/clean.log",
    localrule: True
    conda:
        "../envs/wsss.yaml"
    params:
        folders=[f"work/{folder}" for folder in PLAN.own_folders(PLAN.config.recipe)],
    message:
        f"deleting what only recipe {PLAN.config.recipe} uses"
    shell:
        'python "$STAGES"/clean.py --folders {params.folders} 2>&1 | tee {log}'
