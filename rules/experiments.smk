# Rows of a published claim -> one table: snakemake claims_NAME for each experiments/NAME.yaml.


for experiment in PLAN.experiments:

    rule:
        name:
            f"claims_{experiment}"
        input:
            experiment=str(HOUSE / "experiments" / f"{experiment}.yaml"),
            scores=[
                path
                for row in PLAN.experiment_scores(experiment)
                for pair in row
                for path in pair
            ],
        output:
            table=f"results/claims/{PLAN.config.dataset}_{experiment}.md",
            json=f"results/claims/{PLAN.config.dataset}_{experiment}.json",
        log:
            f"logs/claims/{experiment}.log",
        benchmark:
            f"logs/claims/{experiment}.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **NEEDS.split(500),
        params:
            scores=[
                f"{n}={','.join(pair)}"
                for n, row in enumerate(PLAN.experiment_scores(experiment))
                for pair in row
            ],
            code=PLAN.code("write_experiment.py"),
        message:
            f"writing the table of the experiment {experiment}"
        shell:
            'python "$STAGES"/write_experiment.py --experiment {input.experiment} --scores {params.scores}'
            " --table {output.table} --json {output.json} > {log} 2>&1"
