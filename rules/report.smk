# A recipe's artifacts -> a picture of some photos through all its stages.


rule draw_chain:
    input:
        index=INDEX,
        artifacts=lambda w: [path for _, path in PLAN.drawn(w.recipe)],
    output:
        "results/{recipe}/{dataset}_chain.png",
    log:
        f"logs/{PLAN.base}/draw_chain/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{PLAN.base}/draw_chain/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
    conda:
        "../envs/wsss.yaml"
    resources:
        **PLAN.split_needs(1000),
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
        picture="results/{recipe}/{dataset}_supervision.png",
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
        **PLAN.split_needs(500),
    params:
        code=PLAN.code("draw_supervision.py"),
    message:
        "drawing what the network on seeds of recipe {wildcards.recipe} was supervised by"
    shell:
        'python "$STAGES"/draw_supervision.py --model {input} --picture {output.picture} --table {output.table}'
        " > {log} 2>&1"
