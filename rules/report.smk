# Recipes' artifacts and scores -> reports, comparisons, and pictures of photos through all stages.


rule agreement:
    input:
        index=INDEX,
        artifacts=lambda w: [shard for _, shard in REPORTING.compared(w.recipe)],
    output:
        table="results/{recipe}/{dataset}_agreement.txt",
        json="results/{recipe}/{dataset}_agreement.json",
    log:
        f"logs/{PLAN.base}/agreement/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{PLAN.base}/agreement/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1000),
    params:
        artifacts=lambda w, input: named(
            [level for level, _ in REPORTING.compared(w.recipe)], input.artifacts
        ),
        code=PLAN.code("score_agreement.py"),
    message:
        "comparing the stages of recipe {wildcards.recipe} with each other"
    shell:
        'python "$STAGES"/score_agreement.py --index {input.index} --artifacts {params.artifacts}'
        " --table {output.table} --out {output.json} > {log} 2>&1"


rule report:
    input:
        **REPORTING.inputs(lambda w: [w.recipe]),
        index=INDEX,
    output:
        page="results/{recipe}/report/index.html",
        pictures=directory("results/{recipe}/report/pictures"),
    log:
        f"logs/{PLAN.base}/report/{{recipe}}.log",
    benchmark:
        f"logs/{PLAN.base}/report/{{recipe}}.tsv"
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1000),
    params:
        **REPORTING.params(lambda w: [w.recipe]),
        out=lambda w, output: os.path.dirname(output.page),
        code=PLAN.code("write_report.py"),
    message:
        "writing the report {output.page}"
    shell:
        'python "$STAGES"/write_report.py --index {input.index} --recipes {params.recipes} --about {params.about:q}'
        " --levels {params.levels} --folders {params.folders} --artifacts {params.artifacts} --scores {params.scores}"
        " --models {params.models} --agreement {params.agreement} {params.full}"
        " --settings {params.settings:q} --out {params.out} > {log} 2>&1"


use rule report as compared_report with:
    input:
        **REPORTING.inputs(lambda w: PLAN.config.compare),
        index=INDEX,
    output:
        page="results/compare/report/index.html",
        pictures=directory("results/compare/report/pictures"),
    log:
        f"logs/{PLAN.base}/report/compare.log",
    benchmark:
        f"logs/{PLAN.base}/report/compare.tsv"
    params:
        **REPORTING.params(lambda w: PLAN.config.compare),
        out=lambda w, output: os.path.dirname(output.page),
        code=PLAN.code("write_report.py"),


rule pack_report:
    input:
        "results/{of}/report/index.html",
        "results/{of}/report/pictures",
    output:
        "results/{of}/report.html",
    log:
        f"logs/{PLAN.base}/pack_report/{{of}}.log",
    benchmark:
        f"logs/{PLAN.base}/pack_report/{{of}}.tsv"
    wildcard_constraints:
        of="|".join(map(re.escape, ["compare", *PLAN.chains])),
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(500),
    params:
        report=lambda w, input: os.path.dirname(input[0]),
        settings=PLAN.config.report.model_dump_json(),
        code=PLAN.code("pack_report.py"),
    message:
        "putting {params.report} into a single file"
    shell:
        'python "$STAGES"/pack_report.py --report {params.report} --settings {params.settings:q} --out {output} > {log} 2>&1'


rule compare:
    input:
        scores=list(REPORTING.scores(PLAN.config.compare).values()),
    output:
        csv=f"results/compare/{PLAN.config.dataset}.csv",
        table=f"results/compare/{PLAN.config.dataset}.md",
        picture=report(
            f"results/compare/{PLAN.config.dataset}.png",
            caption="captions/compare.rst",
            category="Comparison",
        ),
    log:
        f"logs/{PLAN.base}/compare.log",
    benchmark:
        f"logs/{PLAN.base}/compare.tsv"
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(500),
    params:
        recipes=list(PLAN.config.compare),
        levels=REPORTING.levels,
        folders=list(REPORTING.folders(PLAN.config.compare)),
        scores=lambda w, input: named(
            REPORTING.scores(PLAN.config.compare), input.scores
        ),
        dataset=PLAN.config.dataset,
        code=PLAN.code("compare_recipes.py"),
    message:
        "comparing the recipes {params.recipes}"
    shell:
        'python "$STAGES"/compare_recipes.py --recipes {params.recipes} --levels {params.levels}'
        " --folders {params.folders} --scores {params.scores} --dataset {params.dataset} --csv {output.csv} --table {output.table}"
        " --picture {output.picture} > {log} 2>&1"


rule draw_chain:
    input:
        index=INDEX,
        artifacts=lambda w: [path for _, path in PLAN.drawn(w.recipe)],
    output:
        report(
            "results/{recipe}/{dataset}_chain.png",
            caption="captions/chain.rst",
            category="Photos",
            labels={"recipe": "{recipe}", "what": "photos through all stages"},
        ),
    log:
        f"logs/{PLAN.base}/draw_chain/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{PLAN.base}/draw_chain/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1000),
    params:
        artifacts=lambda w, input: named(
            [level for level, _ in PLAN.drawn(w.recipe)], input.artifacts
        ),
        code=PLAN.code("draw_chain.py"),
    message:
        "drawing photos through the stages of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/draw_chain.py --index {input.index} --artifacts {params.artifacts} --out {output} > {log} 2>&1'


rule draw_supervision:
    input:
        lambda w: PLAN.model(PLAN.last(w.recipe), "grow"),
    output:
        picture=report(
            "results/{recipe}/{dataset}_supervision.png",
            caption="captions/supervision.rst",
            category="Trainings",
            labels={"recipe": "{recipe}", "what": "supervision by epoch"},
        ),
        table="results/{recipe}/{dataset}_supervision.csv",
    log:
        f"logs/{PLAN.base}/draw_supervision/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{PLAN.base}/draw_supervision/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
        recipe=PLAN.recipes_with("grow"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(500),
    params:
        code=PLAN.code("draw_supervision.py"),
    message:
        "drawing what the network on seeds of recipe {wildcards.recipe} was supervised by"
    shell:
        'python "$STAGES"/draw_supervision.py --model {input} --picture {output.picture} --table {output.table}'
        " > {log} 2>&1"
