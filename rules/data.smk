# The dataset: drawn (mini), downloaded, or already there; then its index.


rule make_mini:
    message:
        "drawing the dataset mini"
    output:
        directory(f"work/mini-{PLAN.base.split('-')[-1]}/photos"),
    params:
        settings=PLAN.config.mini.model_dump_json(),
        code=PLAN.code("make_mini.py"),
    log:
        f"logs/{PLAN.base}/make_mini.log",
    benchmark:
        f"logs/{PLAN.base}/make_mini.tsv"
    resources:
        mem_mb=1000,
    shell:
        "python {STAGES}/make_mini.py --settings {params.settings:q} --out {output} > {log} 2>&1"


rule make_index:
    message:
        "reading and checking the dataset"
    input:
        [] if PLAN.config.data_root and PLAN.config.dataset == "voc" else PLAN.data_root,
    output:
        INDEX,
    params:
        name=PLAN.config.dataset,
        root=PLAN.data_root,
        settings=f'{{"train_split": "{PLAN.train}", "seed": {PLAN.config.seed}}}',
        code=PLAN.code("make_index.py"),
    log:
        f"logs/{PLAN.base}/make_index.log",
    benchmark:
        f"logs/{PLAN.base}/make_index.tsv"
    resources:
        mem_mb=1000,
    shell:
        "python {STAGES}/make_index.py --name {params.name} --data-root {params.root:q}"
        " --settings {params.settings:q} --out {output} > {log} 2>&1"
