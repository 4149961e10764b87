"""Where the files of COCO are in its official layout."""

from dataclasses import dataclass
from pathlib import Path

from wsss.run.errors import UserError

YEARS = (2014, 2017)
SPLITS = ("train", "val")


@dataclass(frozen=True)
class CocoFolder:
    """A folder with COCO of one year."""

    root: Path
    year: int

    @classmethod
    def find(cls, root: str | Path, year: int | None) -> "CocoFolder":
        """The folder; without a `year` that which it has, 2014 if it has both.

        UserError if it has no annotations of the year, or of any.
        """
        present = [one for one in YEARS if cls(Path(root), one).annotations("train").is_file()]
        if not present or year not in (None, *present):
            expected = cls(Path(root), year or YEARS[0])
            raise UserError(
                f"folder {root} is not a COCO folder: {expected.annotations('train')} is not "
                f"in it; unpack COCO's annotations and {expected.photos('train').name}/ there"
            )
        return cls(Path(root), year or present[0])

    def annotations(self, split: str) -> Path:
        """The JSON of a split, `train` or `val`."""
        return self.root / "annotations" / f"instances_{split}{self.year}.json"

    def photos(self, split: str) -> Path:
        """The folder of a split's photos."""
        return self.root / f"{split}{self.year}"
