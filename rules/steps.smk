# The steps of recipes: a rule for each kind of step in the table wsss/plan/kinds.py. A kind is made
# whole, by one job, or in shards of photos, by one job for each.
# Wildcards: {base} is the folder DATASET-digest of the dataset, {step} is METHOD-digest, and
# {k}-of-{n} is the shard.


for kind in KINDS.values():
    if not kind.sharded:

        rule:
            name:
                kind.rule
            input:
                unpack(READ(STEPS.whole(kind))),
            output:
                **STEPS.outputs(kind),
            log:
                f"logs/{{base}}/{kind.name}/{{step}}/{kind.rule}.log",
            benchmark:
                f"logs/{{base}}/{kind.name}/{{step}}/{kind.rule}.tsv"
            wildcard_constraints:
                base=BASE,
            conda:
                "../envs/wsss.yaml"
            threads: PLAN.config.threads * PLAN.config.gpus if kind.trains else 1
            resources:
                **RESOURCES.of_kind(kind, STEPS.whole(kind)),
            params:
                script=kind.script,
                arguments=ARGUMENTS(STEPS.whole(kind)),
                launch="$LAUNCH" if kind.trains else "python",
                how="$TRAIN" if kind.trains else "$SHARD" if kind.network else "",
            message:
                f"{kind.about} {{wildcards.step}}"
            shell:
                '{params.launch} "$STAGES"/{params.script:q} {params.arguments} {params.how} > {log:q} 2>&1'

    else:

        rule:
            name:
                kind.rule
            input:
                unpack(READ(STEPS.shard(kind))),
            output:
                **STEPS.outputs(kind),
            log:
                f"logs/{{base}}/{kind.name}/{{step}}/{kind.rule}/{{split}}/{{k}}-of-{{n}}.log",
            benchmark:
                f"logs/{{base}}/{kind.name}/{{step}}/{kind.rule}/{{split}}/{{k}}-of-{{n}}.tsv"
            wildcard_constraints:
                base=BASE,
            conda:
                "../envs/wsss.yaml"
            resources:
                **RESOURCES.of_kind(kind, STEPS.shard(kind)),
            params:
                script=kind.script,
                arguments=ARGUMENTS(STEPS.shard(kind)),
            message:
                f"{kind.about}, shard {{wildcards.k}} of {{wildcards.n}}"
            shell:
                'python "$STAGES"/{params.script:q} {params.arguments} $SHARD > {log:q} 2>&1'


rule predict_masks:
    input:
        unpack(READ(STEPS.within_tags)),
    output:
        out=directory("work/{base}/predict/{step}/masks/{split}/{k}-of-{n}"),
        confidence=directory("work/{base}/predict/{step}/confidence/{split}/{k}-of-{n}"),
    log:
        "logs/{base}/predict/{step}/predict_masks/{split}/{k}-of-{n}.log",
    benchmark:
        "logs/{base}/predict/{step}/predict_masks/{split}/{k}-of-{n}.tsv"
    wildcard_constraints:
        base=BASE,
    conda:
        "../envs/wsss.yaml"
    resources:
        **RESOURCES.shard(2500, network=True),
    params:
        arguments=ARGUMENTS(STEPS.within_tags),
    message:
        "predict masks restricted to the photos' tags, shard {wildcards.k} of {wildcards.n}"
    shell:
        'python "$STAGES"/predict.py {params.arguments} $SHARD > {log:q} 2>&1'
