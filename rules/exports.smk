# Exports of labels, masks and instances, for people and for other tools.


rule export_labels:
    input:
        unpack(READ(JOBS.export_labels)),
    output:
        out=directory("results/{recipe}/{dataset}_{what}_{format}"),
    log:
        f"logs/{DATASET.base}/export_labels/{{recipe}}/{{dataset}}_{{what}}_{{format}}.log",
    benchmark:
        f"logs/{DATASET.base}/export_labels/{{recipe}}/{{dataset}}_{{what}}_{{format}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
        what="labels|masks",
        format=FORMATS,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(2000),
    params:
        arguments=ARGUMENTS(JOBS.export_labels),
    message:
        "export the {wildcards.what} of recipe {wildcards.recipe} as {wildcards.format}"
    shell:
        'python "$STAGES"/export_labels.py {params.arguments} > {log:q} 2>&1'


rule gather_masks:
    input:
        unpack(READ(JOBS.gather_masks)),
    output:
        out=directory("results/{recipe}/{dataset}_masks"),
    log:
        f"logs/{DATASET.base}/gather_masks/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/gather_masks/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.gather_masks),
    message:
        "gather the masks of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/gather_masks.py {params.arguments} > {log:q} 2>&1'


rule find_instances:
    input:
        unpack(READ(JOBS.find_instances)),
    output:
        out="work/{base}/walk/{step}/instances/{split}/{k}-of-{n}.json",
    log:
        "logs/{base}/walk/{step}/find_instances/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{base}/walk/{step}/find_instances/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        base=BASE,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.shard(2500, network=True),
    params:
        arguments=ARGUMENTS(JOBS.find_instances),
    message:
        "find instances, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/find_instances.py {params.arguments} $SHARD > {log:q} 2>&1'


rule write_instances:
    input:
        unpack(READ(JOBS.write_instances)),
    output:
        coco="results/{recipe}/{dataset}_instances.json",
        score="results/{recipe}/{dataset}_instances_ap50.json",
    log:
        f"logs/{DATASET.base}/write_instances/{{recipe}}/{{dataset}}.log",
    benchmark:
        f"logs/{DATASET.base}/write_instances/{{recipe}}/{{dataset}}.tsv"
    wildcard_constraints:
        dataset=DATASET.name,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        arguments=ARGUMENTS(JOBS.write_instances),
    message:
        "write and score the instances of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/write_instances.py {params.arguments} > {log:q} 2>&1'
