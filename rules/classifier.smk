# Photos and tags -> a classifier.


rule train_classifier:
    input:
        index=INDEX,
    output:
        "work/{chain}/model.safetensors",
    log:
        "logs/{chain}/train_classifier.log",
    benchmark:
        "logs/{chain}/train_classifier.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("classifier"),
    conda:
        "../envs/wsss.yaml"
    threads: PLAN.config.threads * PLAN.config.gpus
    resources:
        **NEEDS.training(),
    params:
        **PLAN.params("train_classifier.py"),
    message:
        "training the classifier {wildcards.chain}"
    shell:
        '$LAUNCH "$STAGES"/train_classifier.py {params.variant} --index {input.index} --split {params.split}'
        " --settings {params.settings:q} --out {output} $TRAIN > {log} 2>&1"
