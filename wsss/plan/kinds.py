"""The table of the kinds of steps: for each its script, its methods, and the types of the artifacts
that it reads and makes. kind.py explains the columns; the first ones are name, about, rule, script,
methods, settings model of all methods, outputs, inputs, companions.

Every step of a recipe is of one kind. Order, folders, rules, scores, reports and cleaning of steps
follow from this table, so a new kind needs an entry here and a script (docs/adding-a-stage.md).
"""

from wsss.affinity.registry import AFFINITIES, CONFIDENT, WALKS
from wsss.cams.registry import EXPORTERS, MAP_SOURCES, REFINERS
from wsss.classify.registry import CLASSIFIERS
from wsss.labels.registry import LABELLERS
from wsss.plan.artifacts import MAPS
from wsss.plan.kind import Companion, Input, Kind
from wsss.saliency.registry import SALIENCY, SALIENCY_NETS, SALIENCY_PHOTOS
from wsss.seeds.registry import GROWERS, SEEDERS, SEGMENTATION_MAPS
from wsss.segment.registry import PREDICTORS, SEGMENTERS
from wsss.superpixels.registry import SUPERPIXELS

START = Input(
    ("segmentation", "classifier", "affinity", "saliency_model"), optional=True, named=True
)
"""an input of trainings: a model whose weights they start from, instead of ImageNet's"""

_ALL = (
    Kind(
        "saliency_photos",
        "index photos with saliency masks from outside the dataset",
        "index_saliency",
        "index_saliency.py",
        SALIENCY_PHOTOS,
        "wsss.saliency.net_settings:SaliencyPhotosSettings",
        {"out": ("index",)},
        once=True,
        supervision="saliency masks of other photos",
    ),
    Kind(
        "saliency_net",
        "train a saliency network on other photos",
        "train_saliency",
        "train_saliency.py",
        SALIENCY_NETS,
        "wsss.saliency.net_settings:SaliencyNetSettings",
        {"out": ("saliency_model",)},
        {"photos": Input(("index",)), "start": START},
        (Companion("saliency_photos", "before"),),
        dataset=False,
        once=True,
        supervision="",
    ),
    Kind(
        "saliency",
        "make saliency maps",
        "export_saliency",
        "export_saliency.py",
        SALIENCY,
        "wsss.run.settings:Settings",
        {"out": ("saliency",)},
        {"model": Input(("saliency_model",), by_method=True)},
        once=True,
        supervision="",
        memory_mb=2500,
        network=True,
    ),
    Kind(
        "superpixels",
        "cut photos into superpixels",
        "make_superpixels",
        "make_superpixels.py",
        SUPERPIXELS,
        "wsss.run.settings:Settings",
        {"out": ("superpixels",)},
        supervision="",
    ),
    Kind(
        "classifier",
        "train a classifier on tags",
        "train_classifier",
        "train_classifier.py",
        CLASSIFIERS,
        "wsss.classify.settings:ClassifierSettings",
        {"out": ("classifier",)},
        {"start": START},
        companions=(Companion("cams", "after"),),
    ),
    Kind(
        "cams",
        "export the class maps of a classifier",
        "export_cams",
        "export_cams.py",
        EXPORTERS,
        "wsss.cams.settings:ExportSettings",
        {"out": ("cam",)},
        {"model": Input(("classifier",))},
        memory_mb=2500,
        network=True,
    ),
    Kind(
        "maps",
        "take class maps that other code made",
        "read_maps",
        "read_maps.py",
        MAP_SOURCES,
        "wsss.run.settings:Settings",
        {"out": ("cam",)},
    ),
    Kind(
        "refine",
        "refine class maps",
        "refine_cams",
        "refine_cams.py",
        REFINERS,
        "wsss.run.settings:Settings",
        {"out": ("cam",)},
        {"model": Input(("classifier",)), "maps": Input(("cam",), by_method=True)},
        borrows={"export": "cams"},
        memory_mb=2500,
        network=True,
    ),
    Kind(
        "seeds",
        "make sparse seeds",
        "make_seeds",
        "make_seeds.py",
        SEEDERS,
        "wsss.seeds.settings:SeedSettings",
        {"out": ("seeds",)},
        {
            "maps": Input(MAPS, by_method=True),
            "saliency": Input(("saliency",), optional=True, by_method=True),
        },
    ),
    Kind(
        "grow",
        "train a network on seeds",
        "grow_seeds",
        "grow_seeds.py",
        GROWERS,
        "wsss.seeds.grow_settings:GrowSettings",
        {"out": ("segmentation",)},
        {"seeds": Input(("seeds",)), "start": START},
        (Companion("segmentation_maps", "after"), Companion("predict", "end")),
    ),
    Kind(
        "segmentation_maps",
        "export the maps of a network trained on seeds",
        "export_segmentation_maps",
        "export_segmentation_maps.py",
        SEGMENTATION_MAPS,
        "wsss.seeds.segmentation_maps_settings:SegmentationMapsSettings",
        {"out": ("prob",)},
        {"model": Input(("segmentation",))},
        memory_mb=2500,
        network=True,
    ),
    Kind(
        "confident",
        "find confident areas of maps",
        "find_confident",
        "find_confident.py",
        CONFIDENT,
        "wsss.affinity.confident_settings:ConfidentSettings",
        {"out": ("confident",)},
        {"maps": Input(MAPS)},
        memory_mb=1500,
    ),
    Kind(
        "affinity",
        "train affinities between pixels",
        "train_affinity",
        "train_affinity.py",
        AFFINITIES,
        "wsss.affinity.settings:AffinitySettings",
        {"out": ("affinity",)},
        {"confident": Input(("confident",)), "start": START},
        (Companion("confident", "before"), Companion("walk", "after")),
    ),
    Kind(
        "walk",
        "spread maps by affinities",
        "propagate",
        "propagate.py",
        WALKS,
        "wsss.affinity.walk_settings:WalkSettings",
        {"out": ("prob",)},
        {"model": Input(("affinity",)), "maps": Input(MAPS)},
        same_method="model",
        memory_mb=2500,
        network=True,
    ),
    Kind(
        "labels",
        "write pseudo-labels",
        "write_labels",
        "write_labels.py",
        LABELLERS,
        "wsss.run.settings:Settings",
        {"out": ("labels",)},
        {
            "maps": Input(MAPS, by_method=True),
            "saliency": Input(("saliency",), optional=True, by_method=True),
        },
        supervision="",
        memory_mb=1500,
    ),
    Kind(
        "segmenter",
        "train the segmentation network",
        "train_segmenter",
        "train_segmenter.py",
        SEGMENTERS,
        "wsss.segment.settings:SegmenterSettings",
        {"out": ("segmentation",)},
        {"labels": Input(("labels",)), "start": START},
        (Companion("predict", "end"),),
        supervision="",
    ),
    Kind(
        "predict",
        "predict label maps",
        "predict",
        "predict.py",
        PREDICTORS,
        "wsss.segment.predict_settings:PredictSettings",
        {"out": ("predictions",)},
        {"model": Input(("segmentation",))},
        supervision="",
        memory_mb=2500,
        network=True,
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
ORDER = {kind.name: index for index, kind in enumerate(_ALL)}
"""kind -> its row in the table; recipe_layers.py inserts new steps in this order"""
