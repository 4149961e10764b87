"""The dataset COCO: its index, and the jobs that draw its masks.

Masks are drawn after the index is made, shard by shard, and only if something reads them: a
training on tags does not wait for them. The index holds a digest of what each mask is drawn from.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from wsss.datasets.coco_layout import SPLITS, YEARS, CocoFolder
from wsss.datasets.state import coco_state
from wsss.plan.datasets.base import Dataset, Json
from wsss.plan.jobs import Artifact, Job
from wsss.run.errors import UserError

OF_TRAIN = ("train", "tune", "fit")
"""the splits whose masks are drawn with those of train"""
PHOTOS = {2014: {"train": 82_783, "val": 40_504}, 2017: {"train": 118_287, "val": 5_000}}
"""year -> split -> number of photos"""


class CocoDataset(Dataset):
    """COCO, or a dataset in its layout."""

    has_boxes = False

    def _check_root(self) -> None:
        """Refuse a `data_root` that is not in COCO's layout."""
        if self.config.data_root is not None:
            CocoFolder.find(self.config.data_root, self.config.coco.year)
        without = self.config.coco.without
        if without is not None and not Path(without).is_dir():
            raise UserError(f"setting 'coco.without' is '{without}', which is not a folder")

    @cached_property
    def _folder(self) -> CocoFolder:
        """The folder of the photos and annotations, which a rule may still have to make."""
        return CocoFolder(Path(self.root), self._year)

    @cached_property
    def _settings(self) -> Json:
        """The settings of the index, with the year that is meant."""
        return {**self.config.coco.model_dump(mode="json"), "year": self._year}

    @cached_property
    def _year(self) -> int:
        """The year that is meant, also before the folder is there."""
        if self.config.data_root is None:
            return self.config.coco.year or YEARS[0]
        return CocoFolder.find(self.config.data_root, self.config.coco.year).year

    @property
    def _identity(self) -> Json:
        """What the digest in the folder's name is of: the year, and what is made of its photos."""
        coco = self.config.coco
        return {"year": self._year, "classes": coco.classes, "without": coco.without is not None}

    @property
    def usual_photos(self) -> dict[str, int]:
        """Split -> number of photos of the full dataset, as long as there is no index."""
        return PHOTOS[self._year]

    @property
    def may_lack_masks(self) -> bool:
        """Whether photos may have no mask: those with objects that cannot be drawn."""
        return self.config.coco.leave_out_faulty  # type: ignore[no-any-return]

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {"coco", "data_root", *(["coco_download"] if self.made_here else [])}

    @property
    def objects(self) -> str:
        """The folder of the objects of each shard, which the index job writes."""
        return f"work/{self.base}/objects"

    @property
    def masks(self) -> str:
        """The folder of all masks."""
        return f"work/{self.base}/masks"

    @cached_property
    def photos_job(self) -> Job | None:
        """The job that downloads the photos; None for a folder of the user's."""
        if not self.made_here:
            return None
        settings = self.config.coco_download.model_dump(mode="json")
        year = {"year": self._year}
        return Job(
            "download_coco", "download_coco.py", {"out": self.root}, settings=settings, options=year
        )

    @cached_property
    def index_job(self) -> Job:
        """The job that reads the annotations and photos; it writes the index and the objects."""
        job = self._make_index("index_coco", self._settings)
        more = {"name": self.name, "masks": self.masks, "shards": self.config.shards, **job.more}
        return replace(job, outputs={"out": self.index, "objects": self.objects}, more=more)

    @property
    def artifact(self) -> Artifact:
        """The index, as an input of jobs, with the masks that it names."""
        return Artifact(self.index, self.index_job, masks=self.masks_of)

    def masks_of(self, split: str | None, shard: str | None) -> list[Artifact]:
        """The folders of the masks of a split's photos, or of one shard "k/n" of them."""
        drawn = ["train"] if split in OF_TRAIN else ["val"] if split == "val" else SPLITS
        count = self.config.shards
        shards = [shard] if shard else [f"{k}/{count}" for k in range(count)]
        jobs = [self.masks_job(name, one) for name in drawn for one in shards]
        return [Artifact(job.output, job) for job in jobs]

    def masks_job(self, split: str, shard: str) -> Job:
        """The job that draws the masks of a shard "k/n" of train or val."""
        return Job(
            "draw_masks",
            "draw_masks.py",
            {"out": f"{self.masks}/{split}/{shard.replace('/', '-of-')}"},
            index=Artifact(self.index, self.index_job),
            read=("mask",),
            options={"split": split},
            shard=shard,
            places={"objects": Artifact(self.objects, self.index_job)},
        )

    def _state(self) -> str:
        """The digest without annotations beside the dataset."""
        return coco_state(self._folder, self.config.shards, self.config.coco.without)
