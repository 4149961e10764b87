# A classifier -> class maps, raw and refined, in shards.


rule export_cams:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "classifier"),
    output:
        "work/{chain}/maps/{split}/{k}-of-{n}.h5",
    log:
        "logs/{chain}/export_cams/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/export_cams/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("cams"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        **PLAN.params("export_cams.py"),
    message:
        "exporting class maps, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/export_cams.py {params.variant} --index {input.index} --model {input.model}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"


rule refine_cams:
    input:
        index=INDEX,
        model=lambda w: PLAN.model(PLAN.node(w.chain), "classifier"),
        maps=lambda w: PLAN.read_maps(PLAN.node(w.chain), w.k),
    output:
        "work/{chain}/maps/{split}/{k}-of-{n}.h5",
    log:
        "logs/{chain}/refine_cams/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{chain}/refine_cams/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("refine"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.shard(2500, network=True),
    params:
        **PLAN.params("refine_cams.py"),
        export=lambda w: PLAN.node(w.chain).before("cams").json,
        maps=lambda w, input: f"--maps {input.maps}" if input.maps else "",
    message:
        "refining class maps, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/refine_cams.py {params.variant} --index {input.index} --model {input.model} {params.maps}'
        " --split {wildcards.split} --shard {wildcards.k}/{wildcards.n} --export {params.export:q}"
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
