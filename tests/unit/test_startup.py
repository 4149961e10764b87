"""What Snakemake's command line holds: settings in braces, and the command without its targets."""

from wsss.plan.given import read_as_yaml
from wsss.plan.startup import command_without


def test_typed_braces_are_read_as_yaml():
    typed = {
        "affinity": {"output_stride": "8"},
        "walk": {"long_side": "null", "scales": ["0.5", "1"]},
        "row": "on: a: b",
    }
    assert read_as_yaml(typed) == {
        "affinity": {"output_stride": 8},
        "walk": {"long_side": None, "scales": [0.5, 1]},
        "row": "on: a: b",
    }
    assert read_as_yaml({"flip": "no", "seed": 3}) == {"flip": "no", "seed": 3}


def test_command_is_written_without_its_targets():
    typed = ["--cores", "2", "--configfile", "my file.yaml"]
    for arguments in ([*typed, "--", "verify"], [*typed[:2], "verify", *typed[2:]]):
        assert (
            command_without(arguments, {"verify"})
            == "snakemake --cores 2 --configfile 'my file.yaml'"
        )
