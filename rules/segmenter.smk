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
    threads: PLAN.config.threads * PLAN.config.gpus
    resources:
        **NEEDS.training(),
    params:
        **PLAN.params("train_segmenter.py"),
    message:
        "training the segmentation network {wildcards.chain}"
    shell:
        '$LAUNCH "$STAGES"/train_segmenter.py {params.variant} --index {input.index} --labels {input.labels}'
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
        **NEEDS.shard(2500, network=True),
    params:
        **{**PLAN.params("predict.py"), "tags": ""},
    message:
        "predicting, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/predict.py {params.variant} --index {input.index} --model {input.model}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n} {params.tags}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"


if PLAN.own:

    use rule predict as predict_masks with:
        output:
            directory("work/{chain}/masks/{split}/{k}-of-{n}"),
        log:
            "logs/{chain}/predict_masks/{split}/{k}-of-{n}.log",
        benchmark:
            "logs/{chain}/predict_masks/{split}/{k}-of-{n}.tsv"
        params:
            **{**PLAN.params("predict.py"), "tags": "--within-tags"},
        message:
            "predicting masks among the photos' tags, shard {wildcards.k} of {wildcards.n}"

    rule gather_masks:
        input:
            index=INDEX,
            masks=lambda w: PLAN.shards(PLAN.last(w.recipe).folder, "masks", "all"),
        output:
            directory("results/{recipe}/{dataset}_masks"),
        log:
            f"logs/{PLAN.base}/gather_masks/{{recipe}}/{{dataset}}.log",
        benchmark:
            f"logs/{PLAN.base}/gather_masks/{{recipe}}/{{dataset}}.tsv"
        wildcard_constraints:
            dataset=PLAN.config.dataset,
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(1000),
        params:
            code=PLAN.code("gather_masks.py"),
        message:
            "gathering the masks of recipe {wildcards.recipe}"
        shell:
            'python "$STAGES"/gather_masks.py --index {input.index} --masks {input.masks} --out {output} > {log} 2>&1'
