# Labels -> a segmentation network -> predictions.


rule train_segmenter:
    message:
        "training the segmentation network {wildcards.chain}"
    input:
        index=INDEX,
        labels=lambda w: PLAN.shards(PLAN.node(w.chain).before("labels").folder, "labels"),
    output:
        "work/{chain}/model.safetensors",
    wildcard_constraints:
        chain=PLAN.pattern("segmenter"),
    params:
        **PLAN.params("train_segmenter.py"),
    log:
        "logs/{chain}/train_segmenter.log",
    benchmark:
        "logs/{chain}/train_segmenter.tsv"
    threads: PLAN.config.threads
    resources:
        gpu=1,
        mem_mb=6000,
    shell:
        "python {STAGES}/train_segmenter.py {params.variant} --index {input.index} --labels {input.labels}"
        " --split {PLAN.train} --settings {params.settings:q} --out {output} {TRAIN} > {log} 2>&1"


rule predict:
    message:
        "predicting, shard {wildcards.k} of {wildcards.n}"
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "segmenter"),
    output:
        directory("work/{chain}/predictions/{split}/{k}-of-{n}"),
    wildcard_constraints:
        chain=PLAN.pattern("predict"),
    params:
        **PLAN.params("predict.py"),
    log:
        "logs/{chain}/predict/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/predict/{split}/{k}-of-{n}.tsv"
    resources:
        mem_mb=2500,
    shell:
        "python {STAGES}/predict.py {params.variant} --index {input.index} --model {input.model}"
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} {SHARD} > {log} 2>&1"
