# Score maps -> sure areas -> affinities -> propagated score maps.


rule find_sure:
    input:
        index=INDEX,
        maps=lambda w: PLAN.maps(PLAN.node(w.chain), w.k),
    output:
        directory("work/{chain}/seeds/{split}/{k}-of-{n}"),
    log:
        "logs/{chain}/find_sure/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/find_sure/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("sure"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(1500),
    params:
        **PLAN.params("find_sure.py"),
    message:
        "finding sure areas, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/find_sure.py {params.variant} --index {input.index} --maps {input.maps}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} --threads 1 > {log} 2>&1"


rule train_affinity:
    input:
        index=INDEX,
        sure=lambda w: PLAN.shards(PLAN.node(w.chain).before("sure").folder, "seeds"),
    output:
        "work/{chain}/model.safetensors",
    log:
        "logs/{chain}/train_affinity.log",
    benchmark:
        "logs/{chain}/train_affinity.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("affinity"),
    conda:
        "../envs/wsss.yaml"
    threads: PLAN.config.threads * PLAN.config.gpus
    resources:
        **NEEDS.training(),
    params:
        **PLAN.params("train_affinity.py"),
    message:
        "training affinities {wildcards.chain}"
    shell:
        '$LAUNCH "$STAGES"/train_affinity.py {params.variant} --index {input.index} --sure {input.sure}'
        " --split {params.split} --settings {params.settings:q} --out {output} $TRAIN > {log} 2>&1"


rule propagate:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "affinity"),
        maps=lambda w: PLAN.maps(PLAN.node(w.chain), w.k),
    output:
        "work/{chain}/maps/{split}/{k}-of-{n}.h5",
    log:
        "logs/{chain}/propagate/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/propagate/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("walk"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        **PLAN.params("propagate.py"),
    message:
        "propagating maps, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/propagate.py {params.variant} --index {input.index} --model {input.model}'
        " --maps {input.maps} --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
