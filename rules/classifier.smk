# Photos and tags -> a classifier.


rule train_classifier:
    message:
        "training the classifier {wildcards.chain}"
    input:
        index=INDEX,
    output:
        "work/{chain}/model.safetensors",
    wildcard_constraints:
        chain=PLAN.pattern("classifier"),
    params:
        **PLAN.params("train_classifier.py"),
    log:
        "logs/{chain}/train_classifier.log",
    benchmark:
        "logs/{chain}/train_classifier.tsv"
    threads: PLAN.config.threads
    resources:
        gpu=1,
        mem_mb=5000,
    shell:
        "python {STAGES}/train_classifier.py {params.variant} --index {input.index} --split {PLAN.train}"
        " --settings {params.settings:q} --out {output} {TRAIN} > {log} 2>&1"
