# The dataset: drawn (mini), downloaded, or already there; then its index.


if PLAN.config.dataset == "mini":

    rule make_mini:
        output:
            directory(PLAN.data_root),
        log:
            f"logs/{PLAN.base}/make_mini.log",
        benchmark:
            f"logs/{PLAN.base}/make_mini.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(1000),
        params:
            settings=PLAN.config.mini.model_dump_json(),
            code=PLAN.code("make_mini.py"),
        message:
            "drawing the dataset mini"
        shell:
            'python "$STAGES"/make_mini.py --settings {params.settings:q} --out {output} > {log} 2>&1'

elif PLAN.config.data_root is None:

    rule download_voc:
        output:
            directory(PLAN.data_root),
        log:
            f"logs/{PLAN.base}/download_voc.log",
        benchmark:
            f"logs/{PLAN.base}/download_voc.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(2000),
        params:
            settings=PLAN.config.download.model_dump_json(),
            trainaug="--trainaug" if PLAN.train == "trainaug" else "",
            code=PLAN.code("download_voc.py"),
        message:
            "downloading PASCAL VOC 2012"
        shell:
            'python "$STAGES"/download_voc.py --settings {params.settings:q} {params.trainaug} --out {output} > {log} 2>&1'


if PLAN.own:

    rule index_folder:
        output:
            index=INDEX,
            counts=f"work/{PLAN.base}/counts.json",
        log:
            f"logs/{PLAN.base}/index_folder.log",
        benchmark:
            f"logs/{PLAN.base}/index_folder.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(1000),
        params:
            name=PLAN.config.dataset,
            root=PLAN.config.data_root,
            settings=json.dumps(
                {
                    **PLAN.config.folder.model_dump(mode="json"),
                    "seed": PLAN.config.seed,
                }
            ),
            state=lambda w: PLAN.data_state,
            code=PLAN.code("index_folder.py"),
        message:
            "reading and checking the photos of {params.name}"
        shell:
            'python "$STAGES"/index_folder.py --name {params.name} --data-root {params.root:q}'
            " --settings {params.settings:q} --out {output.index} --counts {output.counts} > {log} 2>&1"

else:

    rule make_index:
        input:
            []
            if PLAN.config.data_root and PLAN.config.dataset == "voc"
            else PLAN.data_root,
        output:
            index=INDEX,
            counts=f"work/{PLAN.base}/counts.json",
        log:
            f"logs/{PLAN.base}/make_index.log",
        benchmark:
            f"logs/{PLAN.base}/make_index.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(1000),
        params:
            name=PLAN.config.dataset,
            root=lambda w, input: input[0] if input else PLAN.config.data_root,
            settings=f'{{"train_split": "{PLAN.train}", "seed": {PLAN.config.seed}}}',
            state=lambda w: PLAN.data_state,
            code=PLAN.code("make_index.py"),
        message:
            "reading and checking the dataset"
        shell:
            'python "$STAGES"/make_index.py --name {params.name} --data-root {params.root:q}'
            " --settings {params.settings:q} --out {output.index} --counts {output.counts} > {log} 2>&1"
