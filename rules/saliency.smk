# Other photos with masks -> a saliency network; photos -> saliency maps.


rule index_saliency:
    input:
        index=INDEX,
    output:
        index="work/{chain}/photos/index.json",
        masks=directory("work/{chain}/photos/masks"),
    log:
        "logs/{chain}/index_saliency.log",
    benchmark:
        "logs/{chain}/index_saliency.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("saliency_net"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1000),
    params:
        **PLAN.params("index_saliency.py"),
    message:
        "reading the photos of the saliency network"
    shell:
        'python "$STAGES"/index_saliency.py {params.variant} --index {input.index}'
        " --settings {params.settings:q} --out work/{wildcards.chain}/photos > {log} 2>&1"


rule train_saliency:
    input:
        index="work/{chain}/photos/index.json",
        masks="work/{chain}/photos/masks",
    output:
        "work/{chain}/model.safetensors",
    log:
        "logs/{chain}/train_saliency.log",
    benchmark:
        "logs/{chain}/train_saliency.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("saliency_net"),
    conda:
        "../envs/wsss.yaml"
    threads: PLAN.config.threads * PLAN.config.gpus
    resources:
        **NEEDS.training(),
    params:
        **PLAN.params("train_saliency.py"),
    message:
        "training the saliency network {wildcards.chain}"
    shell:
        '$LAUNCH "$STAGES"/train_saliency.py {params.variant} --index {input.index} --labels {input.masks}'
        " --settings {params.settings:q} --out {output} $TRAIN > {log} 2>&1"


rule export_saliency:
    input:
        index=lambda w: PLAN.index(PLAN.node(w.chain), w.split),
        model=lambda w: PLAN.read_model(PLAN.node(w.chain), "saliency_net"),
    output:
        directory("work/{chain}/saliency/{split}/{k}-of-{n}"),
    log:
        "logs/{chain}/export_saliency/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/export_saliency/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("saliency"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        **PLAN.params("export_saliency.py"),
        model=lambda w, input: f"--model {input.model}" if input.model else "",
    message:
        "making saliency maps, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/export_saliency.py {params.variant} --index {input.index} {params.model}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
