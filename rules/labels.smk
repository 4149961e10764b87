# Score maps and photos -> pseudo-labels; or true masks -> labels.


rule write_labels:
    input:
        index=INDEX,
        maps=lambda w: PLAN.read_maps(PLAN.node(w.chain), w.k),
        saliency=lambda w: PLAN.saliency(PLAN.node(w.chain), w.split, w.k),
    output:
        directory("work/{chain}/labels/{split}/{k}-of-{n}"),
    log:
        "logs/{chain}/write_labels/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/write_labels/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("labels"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(1500),
    params:
        **PLAN.params("write_labels.py"),
        maps=lambda w, input: f"--maps {input.maps}" if input.maps else "",
        saliency=lambda w, input: (
            f"--saliency {input.saliency}" if input.saliency else ""
        ),
    message:
        "writing labels, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/write_labels.py {params.variant} --index {input.index} {params.maps} {params.saliency}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} --threads 1 > {log} 2>&1"


rule export_labels:
    input:
        index=INDEX,
        labels=lambda w: PLAN.artifact(PLAN.of_level(w.recipe, "labels"), PLAN.train),
    output:
        directory("results/{recipe}/{dataset}_labels_{format}"),
    log:
        f"logs/{PLAN.base}/export_labels/{{recipe}}/{{dataset}}_{{format}}.log",
    benchmark:
        f"logs/{PLAN.base}/export_labels/{{recipe}}/{{dataset}}_{{format}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
        recipe=PLAN.recipes_with("labels"),
        format="coco|panoptic|labelme",
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(2000),
    params:
        split=PLAN.train,
        code=PLAN.code("export_labels.py"),
    message:
        "exporting the labels of recipe {wildcards.recipe} as {wildcards.format}"
    shell:
        'python "$STAGES"/export_labels.py {wildcards.format} --index {input.index} --labels {input.labels}'
        " --split {params.split} --out {output} > {log} 2>&1"
