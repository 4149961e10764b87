# Score maps -> sparse seeds -> a network trained on them while they grow -> its maps.


rule make_seeds:
    input:
        index=INDEX,
        maps=lambda w: PLAN.maps(PLAN.node(w.chain), w.k),
        saliency=lambda w: PLAN.saliency(PLAN.node(w.chain), w.split, w.k),
    output:
        directory("work/{chain}/seeds/{split}/{k}-of-{n}"),
    log:
        "logs/{chain}/make_seeds/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/make_seeds/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("seeds"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(1000),
    params:
        **PLAN.params("make_seeds.py"),
        saliency=lambda w, input: (
            f"--saliency {input.saliency}" if input.saliency else ""
        ),
    message:
        "making seeds, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/make_seeds.py {params.variant} --index {input.index} --maps {input.maps} {params.saliency}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} --threads 1 > {log} 2>&1"


rule grow_seeds:
    input:
        index=INDEX,
        seeds=lambda w: PLAN.shards(PLAN.node(w.chain).before("seeds").folder, "seeds"),
    output:
        "work/{chain}/model.safetensors",
    log:
        "logs/{chain}/grow_seeds.log",
    benchmark:
        "logs/{chain}/grow_seeds.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("grow"),
    conda:
        "../envs/wsss.yaml"
    threads: PLAN.config.threads * PLAN.config.gpus
    resources:
        **NEEDS.training(),
    params:
        **PLAN.params("grow_seeds.py"),
    message:
        "training on seeds {wildcards.chain}"
    shell:
        '$LAUNCH "$STAGES"/grow_seeds.py {params.variant} --index {input.index} --seeds {input.seeds}'
        " --split {params.split} --settings {params.settings:q} --out {output} $TRAIN > {log} 2>&1"


rule export_seeds:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "grow"),
    output:
        "work/{chain}/maps/{split}/{k}-of-{n}.h5",
    log:
        "logs/{chain}/export_seeds/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/export_seeds/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("grown"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        **PLAN.params("export_seeds.py"),
    message:
        "exporting grown maps, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/export_seeds.py {params.variant} --index {input.index} --model {input.model}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
