# Reports, comparisons of recipes, and pictures of photos with what each step made of them.
# The wildcard {of} is a recipe, or "compare" for the recipes of that setting.


rule agreement:
    input:
        unpack(READ(JOBS.agreement)),
    output:
        table="results/{recipe}/{dataset}_agreement.txt",
        out="results/{recipe}/{dataset}_agreement.json",
    log:
        f"logs/{DATASET.base}/agreement/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/agreement/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.agreement),
    message:
        "compare the steps of recipe {wildcards.recipe} with each other"
    shell:
        'python "$STAGES"/score_agreement.py {params.arguments} > {log:q} 2>&1'


rule check_photos:
    input:
        unpack(READ(JOBS.check_photos)),
    output:
        table="results/{recipe}/{dataset}_check.csv",
        text="results/{recipe}/{dataset}_check.txt",
        out="results/{recipe}/{dataset}_check.json",
    log:
        f"logs/{DATASET.base}/check_photos/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/check_photos/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.check_photos),
    message:
        "look for the masks of recipe {wildcards.recipe} to check first"
    shell:
        'python "$STAGES"/check_photos.py {params.arguments} > {log:q} 2>&1'


rule report:
    input:
        unpack(READ(JOBS.report)),
    output:
        page="results/{of}/report/index.html",
        pictures=directory("results/{of}/report/pictures"),
    log:
        f"logs/{DATASET.base}/report/{{of}}.log",
    benchmark:
        f"logs/{DATASET.base}/report/{{of}}.tsv"
    wildcard_constraints:
        of=REPORTED,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.report),
    message:
        "write the report {output.page}"
    shell:
        'python "$STAGES"/write_report.py {params.arguments} > {log:q} 2>&1'


rule pack_report:
    input:
        unpack(READ(JOBS.pack_report)),
    output:
        out="results/{of}/report.html",
    log:
        f"logs/{DATASET.base}/pack_report/{{of}}.log",
    benchmark:
        f"logs/{DATASET.base}/pack_report/{{of}}.tsv"
    wildcard_constraints:
        of=REPORTED,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.pack_report),
    message:
        "put the report of {wildcards.of} into a single file"
    shell:
        'python "$STAGES"/pack_report.py {params.arguments} > {log:q} 2>&1'


rule compare:
    input:
        unpack(READ(JOBS.compare)),
    output:
        csv=f"results/compare/{DATASET.name}.csv",
        table=f"results/compare/{DATASET.name}.md",
        picture=report(
            f"results/compare/{DATASET.name}.png",
            caption="captions/compare.rst",
            category="Comparison",
        ),
    log:
        f"logs/{DATASET.base}/compare.log",
    benchmark:
        f"logs/{DATASET.base}/compare.tsv"
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.compare),
    message:
        "compare recipes"
    shell:
        'python "$STAGES"/compare_recipes.py {params.arguments} > {log:q} 2>&1'


rule draw_chain:
    input:
        unpack(READ(JOBS.draw_chain)),
    output:
        out=report(
            "results/{recipe}/{dataset}_chain.png",
            caption="captions/chain.rst",
            category="Photos",
            labels={"recipe": "{recipe}", "what": "photos through all steps"},
        ),
    log:
        f"logs/{DATASET.base}/draw_chain/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/draw_chain/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.draw_chain),
    message:
        "draw photos through the steps of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/draw_chain.py {params.arguments} > {log:q} 2>&1'


rule draw_supervision:
    input:
        unpack(READ(JOBS.draw_supervision)),
    output:
        picture=report(
            "results/{recipe}/{dataset}_supervision.png",
            caption="captions/supervision.rst",
            category="Trainings",
            labels={"recipe": "{recipe}", "what": "supervision by epoch"},
        ),
        table="results/{recipe}/{dataset}_supervision.csv",
    log:
        f"logs/{DATASET.base}/draw_supervision/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/draw_supervision/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.draw_supervision),
    message:
        "draw the supervision of the network on seeds of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/draw_supervision.py {params.arguments} > {log:q} 2>&1'


rule draw_clouds:
    input:
        unpack(READ(JOBS.draw_clouds)),
    output:
        out=report(
            "results/{recipe}/{dataset}_clouds.png",
            caption="captions/clouds.rst",
            category="Photos",
            labels={"recipe": "{recipe}", "what": "points of scenes"},
        ),
    log:
        f"logs/{DATASET.base}/draw_clouds/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/draw_clouds/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.draw_clouds),
    message:
        "draw the point clouds of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/draw_clouds.py {params.arguments} > {log:q} 2>&1'
