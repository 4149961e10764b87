# The scores of artifacts, and the results of recipes, which gather scores.


rule score:
    input:
        unpack(READ(JOBS.score)),
    output:
        out="work/{base}/{kind}/{step}/scores/{artifact}-{split}.json",
        counts="work/{base}/{kind}/{step}/scores/{artifact}-{split}.npz",
    log:
        "logs/{base}/{kind}/{step}/score/{artifact}-{split}.log",
    benchmark:
        "logs/{base}/{kind}/{step}/score/{artifact}-{split}.tsv"
    wildcard_constraints:
        base=BASE,
        artifact=SCORED,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1500),
    params:
        arguments=ARGUMENTS(JOBS.score),
    message:
        "score {wildcards.artifact} of {wildcards.step} on {wildcards.split}"
    shell:
        'python "$STAGES"/score.py {params.arguments} --threads 1 > {log:q} 2>&1'


rule score_list:
    input:
        unpack(READ(JOBS.score_list)),
    output:
        out="work/{base}/predict/{step}/scores/predictions-val-{list}.json",
        out_counts="work/{base}/predict/{step}/scores/predictions-val-{list}.npz",
    log:
        "logs/{base}/predict/{step}/score/predictions-val-{list}.log",
    benchmark:
        "logs/{base}/predict/{step}/score/predictions-val-{list}.tsv"
    wildcard_constraints:
        base=BASE,
        list="[a-z][a-z0-9]*",
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.score_list),
    message:
        "score the predictions of {wildcards.step} on the list {wildcards.list}"
    shell:
        'python "$STAGES"/score_list.py {params.arguments} > {log:q} 2>&1'


rule score_confident:
    input:
        unpack(READ(JOBS.score_by_confident)),
    output:
        out="work/{base}/walk/{step}/scores/agreement.json",
    log:
        "logs/{base}/walk/{step}/score/confident.log",
    benchmark:
        "logs/{base}/walk/{step}/score/confident.tsv"
    wildcard_constraints:
        base=BASE,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1500),
    params:
        arguments=ARGUMENTS(JOBS.score_by_confident),
    message:
        "score {wildcards.step} against the confident areas that its affinities were trained on"
    shell:
        'python "$STAGES"/score.py {params.arguments} --threads 1 > {log:q} 2>&1'


rule score_classifier:
    input:
        unpack(READ(JOBS.score_classifier)),
    output:
        out="work/{base}/classifier/{step}/scores/classifier-{split}.json",
    log:
        "logs/{base}/classifier/{step}/score_classifier/{split}.log",
    benchmark:
        "logs/{base}/classifier/{step}/score_classifier/{split}.tsv"
    wildcard_constraints:
        base=BASE,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(2500, network=True),
    params:
        arguments=ARGUMENTS(JOBS.score_classifier),
    message:
        "score the classifier {wildcards.step} on {wildcards.split}"
    shell:
        'python "$STAGES"/score_classifier.py {params.arguments} $SHARD > {log:q} 2>&1'


rule result:
    input:
        unpack(READ(JOBS.result)),
    output:
        table=report(
            "results/{recipe}/{dataset}_{split}_miou.txt",
            caption="captions/result.rst",
            category="Scores",
            labels={"recipe": "{recipe}", "what": "mIoU on {split}"},
        ),
        json="results/{recipe}/{dataset}_{split}_miou.json",
        chain="results/{recipe}/{dataset}_{split}_chain.txt",
    log:
        f"logs/{DATASET.base}/result/{{recipe}}/{{dataset}}_{{split}}.log",
    benchmark:
        f"logs/{DATASET.base}/result/{{recipe}}/{{dataset}}_{{split}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
        split=RESULTS,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.result),
    message:
        "write the result of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/write_result.py {params.arguments} > {log:q} 2>&1'


rule step_result:
    input:
        unpack(READ(JOBS.step_result)),
    output:
        table="results/{recipe}/{dataset}_{name}.txt",
        json="results/{recipe}/{dataset}_{name}.json",
        chain="results/{recipe}/{dataset}_{name}_chain.txt",
    log:
        f"logs/{DATASET.base}/result/{{recipe}}/{{dataset}}_{{name}}.log",
    benchmark:
        f"logs/{DATASET.base}/result/{{recipe}}/{{dataset}}_{{name}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
        name=STEP_NAMES,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(500),
    params:
        arguments=ARGUMENTS(JOBS.step_result),
    message:
        "write the score of {wildcards.name} of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/write_result.py {params.arguments} > {log:q} 2>&1'


rule configured_result:
    input:
        unpack(READ(JOBS.configured_result)),
    output:
        table_out="results/{dataset}_{split}_miou.txt",
        json_out="results/{dataset}_{split}_miou.json",
    log:
        f"logs/{DATASET.base}/result/{{dataset}}_{{split}}.log",
    benchmark:
        f"logs/{DATASET.base}/result/{{dataset}}_{{split}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
        split=RESULTS,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(100),
    params:
        arguments=ARGUMENTS(JOBS.configured_result),
    message:
        "copy the result of the configured recipe"
    shell:
        'python "$STAGES"/copy_result.py {params.arguments} > {log:q} 2>&1'
