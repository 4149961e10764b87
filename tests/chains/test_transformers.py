"""The whole default chain at the size tiny with a transformer in every training."""

import json

import pytest

from tests.conftest import DATASET
from tests.dag.runs import TARGET, copy_project, run_snakemake

VIT = "backbone: vit_tiny_patch16_224, weights: none, output_stride: 16"
KINDS = ("classifier", "grow", "affinity")


@pytest.mark.slow
def test_a_chain_stands_on_a_vit(tmp_path):
    project = copy_project(tmp_path)
    settings = [*(f"{kind}={{{VIT}}}" for kind in KINDS), f"segmenter={{{VIT}, head: aspp}}"]
    run = run_snakemake(project, "--", TARGET, config=settings)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "mIoU" in (project / TARGET).read_text()
    for kind in (*KINDS, "segmenter"):
        (about,) = project.glob(f"work/{DATASET}-*/{kind}/*/model.safetensors.json")
        assert json.loads(about.read_text())["settings"]["backbone"] == "vit_tiny_patch16_224"
