"""The levels of a chain, in order: what each is for, which variants it has, and what must come before it."""

from collections.abc import Mapping
from dataclasses import dataclass

from wsss.affinity.registry import AFFINITIES, SURE, WALKS
from wsss.cams.registry import EXPORTERS, REFINERS
from wsss.classify.registry import CLASSIFIERS
from wsss.labels.registry import LABELLERS
from wsss.run.methods import Method
from wsss.saliency.registry import SALIENCY, SALIENCY_NETS
from wsss.seeds.registry import GROWERS, GROWN_EXPORTERS, SEEDERS
from wsss.segment.registry import PREDICTORS, SEGMENTERS


@dataclass(frozen=True)
class Level:
    """One step of a chain. `name` is its section in config.yaml; `shared` the settings model all variants inherit."""

    name: str
    about: str
    variants: Mapping[str, Method]
    shared: str
    needs: str | None = None
    follows: tuple[str, ...] = ()
    """the levels that this one always accompanies: it is in a chain when, and only when, one of them is"""
    scored: str | None = None
    """what its artifact is to the score: maps, seeds, labels or saliency"""
    aside: bool = False
    """it makes a cue from the photos alone: its folder hangs from the dataset, and only stages that read it depend on it"""


LEVELS = (
    Level("saliency_net", "train a saliency network on other photos", SALIENCY_NETS,
          "wsss.saliency.net_settings:SaliencyNetSettings", aside=True),
    Level("saliency", "make saliency maps", SALIENCY, "wsss.run.settings:Settings", scored="saliency", aside=True),
    Level("classifier", "train a classifier on tags", CLASSIFIERS, "wsss.classify.settings:ClassifierSettings"),
    Level("cams", "export its class maps", EXPORTERS, "wsss.cams.settings:ExportSettings", follows=("classifier",),
          scored="maps"),
    Level("refine", "refine class maps", REFINERS, "wsss.run.settings:Settings", needs="classifier", scored="maps"),
    Level("seeds", "make sparse seeds", SEEDERS, "wsss.seeds.settings:SeedSettings", needs="classifier",
          scored="seeds"),
    Level("grow", "train a network on seeds", GROWERS, "wsss.seeds.grow_settings:GrowSettings", needs="seeds"),
    Level("grown", "export that network's maps", GROWN_EXPORTERS, "wsss.seeds.grown_settings:GrownSettings",
          follows=("grow",), scored="maps"),
    Level("sure", "find sure areas of maps", SURE, "wsss.affinity.sure_settings:SureSettings", follows=("affinity",),
          scored="seeds"),
    Level("affinity", "train affinities between pixels", AFFINITIES, "wsss.affinity.settings:AffinitySettings",
          needs="classifier"),
    Level("walk", "spread maps by them", WALKS, "wsss.affinity.walk_settings:WalkSettings", follows=("affinity",),
          scored="maps"),
    Level("labels", "write pseudo-labels", LABELLERS, "wsss.run.settings:Settings", scored="labels"),
    Level("segmenter", "train the segmentation network", SEGMENTERS, "wsss.segment.settings:SegmenterSettings",
          needs="labels"),
    Level("predict", "predict", PREDICTORS, "wsss.segment.predict_settings:PredictSettings", follows=("segmenter", "grow"),
          scored="labels"),
)
BY_NAME = {level.name: level for level in LEVELS}
