# The photos, if they are synthetic (mini) or downloaded, the index of the dataset, and its masks, if
# they have to be drawn (coco).


if DATASET.photos_job is not None:

    rule:
        name:
            DATASET.photos_job.rule
        input:
            unpack(READ(lambda w: DATASET.photos_job)),
        output:
            out=directory(DATASET.root),
        log:
            f"logs/{DATASET.base}/photos.log",
        benchmark:
            f"logs/{DATASET.base}/photos.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **RESOURCES.all_photos(2000),
        params:
            script=DATASET.photos_job.script,
            arguments=ARGUMENTS(lambda w: DATASET.photos_job),
        message:
            f"make or download the photos of {DATASET.name}"
        shell:
            'python "$STAGES"/{params.script:q} {params.arguments} > {log:q} 2>&1'


rule:
    name:
        DATASET.index_job.rule
    input:
        unpack(READ(lambda w: DATASET.index_job)),
    output:
        **({"objects": directory(DATASET.objects)} if DATASET.objects else {}),
        out=DATASET.index,
        lines=f"{DATASET.index}l",
    log:
        f"logs/{DATASET.base}/index.log",
    benchmark:
        f"logs/{DATASET.base}/index.tsv"
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.all_photos(1000),
    params:
        script=DATASET.index_job.script,
        arguments=ARGUMENTS(lambda w: DATASET.index_job),
    message:
        f"read and check the photos of {DATASET.name}"
    shell:
        'python "$STAGES"/{params.script:q} {params.arguments} > {log:q} 2>&1'


if DATASET.objects:

    rule:
        name:
            "draw_masks"
        input:
            unpack(READ(JOBS.draw_masks)),
        output:
            out=directory(f"{DATASET.masks}/{{split}}/{{k}}-of-{{n}}"),
        log:
            f"logs/{DATASET.base}/masks/{{split}}/{{k}}-of-{{n}}.log",
        benchmark:
            f"logs/{DATASET.base}/masks/{{split}}/{{k}}-of-{{n}}.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **RESOURCES.shard(500),
        params:
            script="draw_masks.py",
            arguments=ARGUMENTS(JOBS.draw_masks),
        message:
            "draw the masks of {wildcards.split}, shard {wildcards.k} of {wildcards.n}"
        shell:
            'python "$STAGES"/{params.script:q} {params.arguments} > {log:q} 2>&1'
