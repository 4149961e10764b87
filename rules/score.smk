# Any scorable artifact -> its score; a recipe's scores -> its result.


rule score:
    input:
        index=lambda w: PLAN.index(PLAN.node(w.chain), w.split),
        artifact=lambda w: PLAN.artifact(PLAN.node(w.chain), w.split),
    output:
        score="work/{chain}/scores/{split}.json",
        counts="work/{chain}/scores/{split}.npz",
    log:
        "logs/{chain}/score/{split}.log",
    benchmark:
        "logs/{chain}/score/{split}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern(*PLAN.scorable),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1500),
    params:
        what=lambda w: PLAN.what(PLAN.node(w.chain)),
        masks=lambda w: (
            ""
            if PLAN.node(w.chain).level == "predict" and not PLAN.own
            else "--where-known"
        ),
        code=PLAN.code("score.py"),
    message:
        "scoring {wildcards.chain} on {wildcards.split}"
    shell:
        'python "$STAGES"/score.py --what {params.what} {params.masks} --index {input.index} --split {wildcards.split}'
        " --artifact {input.artifact} --out {output.score} --counts {output.counts}"
        " --threads 1 > {log} 2>&1"


rule score_sure:
    input:
        index=INDEX,
        sure=lambda w: PLAN.shards(PLAN.node(w.chain).before("sure").folder, "seeds"),
        maps=lambda w: PLAN.artifact(PLAN.node(w.chain), PLAN.train),
    output:
        "work/{chain}/scores/sure-areas.json",
    log:
        "logs/{chain}/score/sure.log",
    benchmark:
        "logs/{chain}/score/sure.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("walk"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(1500),
    params:
        split=lambda w: PLAN.trains_on(PLAN.node(w.chain)),
        code=PLAN.code("score.py"),
    message:
        "comparing {wildcards.chain} with the sure areas that its affinities learned from"
    shell:
        'python "$STAGES"/score.py --what maps --index {input.index} --split {params.split} --artifact {input.maps}'
        " --truth {input.sure} --out {output} --threads 1 > {log} 2>&1"


rule result:
    input:
        score=lambda w: f"work/{PLAN.last(w.recipe).folder}/scores/{w.split}.json",
        stages=lambda w: PLAN.scored(w.recipe).values(),
        agreement=lambda w: (
            REPORTING.agreements([w.recipe]).values() if PLAN.own else []
        ),
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
        f"logs/{PLAN.base}/result/{{recipe}}/{{dataset}}_{{split}}.log",
    benchmark:
        f"logs/{PLAN.base}/result/{{recipe}}/{{dataset}}_{{split}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(500),
    params:
        **PLAN.result_params("predictions"),
        agreement=lambda w, input: (
            f"--agreement {input.agreement}" if input.agreement else ""
        ),
    message:
        "writing the result of recipe {wildcards.recipe}"
    shell:
        'python "$STAGES"/write_result.py --recipe {wildcards.recipe} --dataset {wildcards.dataset}'
        " --split {params.split} --of {params.of} --score {input.score} --stages {params.stages}"
        " --folders {params.folders} {params.agreement}"
        " --table {output.table} --json {output.json} --chain {output.chain} > {log} 2>&1"


use rule result as labels_result with:
    input:
        score=lambda w: PLAN.scored(w.recipe)["labels"],
        stages=lambda w: PLAN.scored(w.recipe).values(),
    output:
        table="results/{recipe}/{dataset}_labels.txt",
        json="results/{recipe}/{dataset}_labels.json",
        chain="results/{recipe}/{dataset}_labels_chain.txt",
    log:
        f"logs/{PLAN.base}/result/{{recipe}}/{{dataset}}_labels.log",
    benchmark:
        f"logs/{PLAN.base}/result/{{recipe}}/{{dataset}}_labels.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
        recipe=PLAN.recipes_with("labels"),
    params:
        **PLAN.result_params("labels"),
        agreement="",
    message:
        "writing what the pseudo-labels of recipe {wildcards.recipe} score"


rule configured_result:
    input:
        table=f"results/{PLAN.config.recipe}/{{dataset}}_{{split}}_miou.txt",
        json=f"results/{PLAN.config.recipe}/{{dataset}}_{{split}}_miou.json",
    output:
        table="results/{dataset}_{split}_miou.txt",
        json="results/{dataset}_{split}_miou.json",
    log:
        f"logs/{PLAN.base}/result/{{dataset}}_{{split}}.log",
    benchmark:
        f"logs/{PLAN.base}/result/{{dataset}}_{{split}}.tsv"
    wildcard_constraints:
        dataset=PLAN.config.dataset,
    localrule: True
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(100),
    message:
        "the result of the configured recipe"
    shell:
        "(cp {input.table} {output.table} && cp {input.json} {output.json}) > {log} 2>&1"


rule score_classifier:
    input:
        index=INDEX,
        model="work/{chain}/model.safetensors",
    output:
        "work/{chain}/scores/classifier-{split}.json",
    log:
        "logs/{chain}/score_classifier/{split}.log",
    benchmark:
        "logs/{chain}/score_classifier/{split}.tsv"
    wildcard_constraints:
        chain=PLAN.pattern("classifier"),
    conda:
        "../envs/wsss.yaml"
    resources:
        **NEEDS.split(2500, network=True),
    params:
        settings=PLAN.config.consistency.model_dump_json(),
        code=lambda w: PLAN.code("score_classifier.py", PLAN.node(w.chain)),
    message:
        "scoring the classifier {wildcards.chain} on {wildcards.split}"
    shell:
        'python "$STAGES"/score_classifier.py --index {input.index} --model {input.model} --split {wildcards.split}'
        " --settings {params.settings:q} --out {output} $SHARD > {log} 2>&1"
