"""The account of a folder of photos: what was understood, and what was not, as lines of text."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

SHOWN = 20
"""number of problems of each kind that are listed"""


@dataclass
class Account:
    """What was read of a folder: counts, and problems by kind, each with where it stands."""

    photos: int = 0
    tagged: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    splits: dict[str, int] = field(default_factory=dict)
    masks: int = 0
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def text(self) -> str:
        """Lines for a person."""
        splits = ", ".join(f"{count} in {split}" for split, count in self.splits.items())
        lines = [
            f"{self.photos} photos, {self.tagged} with tags, {self.masks} with masks; {splits}",
            f"{len(self.classes)} classes:",
        ]
        lines += [f"  {count:6d}  {name}" for name, count in self.classes.most_common()]
        for kind, found in self.problems.items():
            lines += [f"{kind}: {len(found)}", *(f"  {line}" for line in found[:SHOWN])]
            lines += [f"  ... and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        return "\n".join(lines) + "\n"
