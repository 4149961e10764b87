# Labels -> a segmentation network -> predictions.


rule train_segmenter:
    input:
        index=INDEX,
        labels=lambda w: PLAN.shards(
            PLAN.node(w.chain).before("labels").folder, "labels"
        ),
    output:
        "work/{chain}/model.safetensors",
    log:
        "logs/{chain}/train_segmenter.log",
    benchmark:
        "logs/{chain}/train_segmenter.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("segmenter"),
    conda:
        "../envs/wsss.yaml"
    threads: PLAN.config.threads
    resources:
        gpu=1,
        mem_mb=6000,
    params:
        **PLAN.params("train_segmenter.py"),
    message:
        "training the segmentation network {wildcards.chain}"
    shell:
        'python "$STAGES"/train_segmenter.py {params.variant} --index {input.index} --labels {input.labels}'
        " --split {params.split} --settings {params.settings:q} --out {output} $TRAIN > {log} 2>&1"


rule predict:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "segmenter", "grow"),
    output:
        directory("work/{chain}/predictions/{split}/{k}-of-{n}"),
    log:
        "logs/{chain}/predict/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/predict/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("predict"),
    conda:
        "../envs/wsss.yaml"
    resources:
        gpu=PLAN.shard_gpu,
        mem_mb=2500,
    params:
        **PLAN.params("predict.py"),
    message:
        "predicting, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/predict.py {params.variant} --index {input.index} --model {input.model}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
