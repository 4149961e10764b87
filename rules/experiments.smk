# The tables of experiments: a rule claims_NAME for each experiments/NAME.yaml.


for experiment in PLAN.experiments:

    rule:
        name:
            f"claims_{experiment}"
        input:
            unpack(READ(JOBS.experiment(experiment))),
        output:
            table=f"results/claims/{DATASET.name}_{experiment}.md",
            json=f"results/claims/{DATASET.name}_{experiment}.json",
        log:
            f"logs/claims/{experiment}.log",
        benchmark:
            f"logs/claims/{experiment}.tsv"
        conda:
            "../envs/wsss.yaml"
        resources:
            **RESOURCES.all_photos(500),
        params:
            arguments=ARGUMENTS(JOBS.experiment(experiment)),
        message:
            f"write the table of the experiment {experiment}"
        shell:
            'python "$STAGES"/write_experiment.py {params.arguments} > {log:q} 2>&1'


if "results" in PLAN.experiments:

    # A short name for the table of all recipes.
    rule results_table:
        input:
            f"results/claims/{DATASET.name}_results.md",
        localrule: True
