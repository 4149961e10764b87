# Score maps -> sparse seeds -> a network trained on them while they grow -> its maps.


rule make_seeds:
    message:
        "making seeds, shard {wildcards.k} of {wildcards.n}"
    input:
        index=INDEX,
        maps=lambda w: PLAN.maps(PLAN.node(w.chain)),
    output:
        directory("work/{chain}/seeds/{split}/{k}-of-{n}"),
    wildcard_constraints:
        chain=PLAN.pattern("seeds"),
    params:
        **PLAN.params("make_seeds.py"),
    log:
        "logs/{chain}/make_seeds/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/make_seeds/{split}/{k}-of-{n}.tsv"
    resources:
        mem_mb=1000,
    shell:
        "python {STAGES}/make_seeds.py {params.variant} --index {input.index} --maps {input.maps}"
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} --threads 1 > {log} 2>&1"


rule grow_seeds:
    message:
        "training on seeds {wildcards.chain}"
    input:
        index=INDEX,
        seeds=lambda w: PLAN.shards(PLAN.node(w.chain).before("seeds").folder, "seeds"),
    output:
        "work/{chain}/model.safetensors",
    wildcard_constraints:
        chain=PLAN.pattern("grow"),
    params:
        **PLAN.params("grow_seeds.py"),
    log:
        "logs/{chain}/grow_seeds.log",
    benchmark:
        "logs/{chain}/grow_seeds.tsv"
    threads: PLAN.config.threads
    resources:
        gpu=1,
        mem_mb=6000,
    shell:
        "python {STAGES}/grow_seeds.py {params.variant} --index {input.index} --seeds {input.seeds}"
        " --split {PLAN.train} --settings {params.settings:q} --out {output} {TRAIN} > {log} 2>&1"


rule export_seeds:
    message:
        "exporting grown maps, shard {wildcards.k} of {wildcards.n}"
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "grow"),
    output:
        "work/{chain}/maps/{split}/{k}-of-{n}.h5",
    wildcard_constraints:
        chain=PLAN.pattern("grown"),
    params:
        **PLAN.params("export_seeds.py"),
    log:
        "logs/{chain}/export_seeds/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/export_seeds/{split}/{k}-of-{n}.tsv"
    resources:
        mem_mb=2500,
    shell:
        "python {STAGES}/export_seeds.py {params.variant} --index {input.index} --model {input.model}"
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} {SHARD} > {log} 2>&1"
