# Score maps and IRNet's displacements -> instances, for the recipes that have them.


rule find_instances:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "affinity"),
        maps=lambda w: PLAN.maps(PLAN.node(w.chain), w.k),
    output:
        "work/{chain}/instances/{split}/{k}-of-{n}.json",
    log:
        "logs/{chain}/find_instances/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/find_instances/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("walk"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        walk=lambda w: PLAN.node(w.chain).json,
        settings=PLAN.config.instances.model_dump_json(),
        code=lambda w: PLAN.code("find_instances.py", PLAN.node(w.chain)),
    message:
        "finding instances, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/find_instances.py --index {input.index} --model {input.model} --maps {input.maps}'
        " --walk {params.walk:q} --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"


rule write_instances:
    input:
        index=INDEX,
        shards=lambda w: PLAN.shards(
            PLAN.of_level(w.recipe, "walk").folder, "instances", ending=".json"
        ),
    output:
        coco="results/{recipe}/{dataset}_instances.json",
        score="results/{recipe}/{dataset}_instances_ap50.json",
    log:
        f"logs/{PLAN.base}/write_instances/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{PLAN.base}/write_instances/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
        recipe=PLAN.recipes_with("affinity", "irn"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1000),
    params:
        split=PLAN.train,
        code=PLAN.code("write_instances.py"),
    message:
        "gathering the instances of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/write_instances.py --index {input.index} --shards {input.shards} --split {params.split}'
        " --coco {output.coco} --score {output.score} > {log} 2>&1"
