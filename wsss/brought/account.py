"""What was read of a folder of photos, and which problems were found, as text for its owner."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from wsss.run.counted import counted
from wsss.run.errors import printable

LISTED = 20
"""largest number of cases that the text lists of one kind of problem"""


@dataclass
class Account:
    """Counts and problems of a folder of photos."""

    photos: int = 0
    """photos in the folder"""
    tagged: int = 0
    """photos with at least one tag"""
    classes: Counter[str] = field(default_factory=Counter)
    """class -> number of photos that have it as a tag"""
    splits: dict[str, int] = field(default_factory=dict)
    """split -> number of its photos"""
    masks: int = 0
    """photos with a mask of their own"""
    annotated: dict[str, int] = field(default_factory=dict)
    """strokes, clicks or boxes -> number of training photos that have them"""
    unreadable: int = 0
    """photos that do not decode"""
    notes: list[str] = field(default_factory=list)
    """how something was understood, or what was left out, in one line each"""
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """kind of problem -> a line for each case, which names the photo or the line of a table"""

    def text(self) -> str:
        """The counts, a line for each class, the notes, and the problems."""
        splits = ", ".join(f"{count} in {split}" for split, count in self.splits.items())
        broken = f" ({self.unreadable} of them cannot be read)" if self.unreadable else ""
        lines = [
            f"{counted(self.photos, 'photo')}{broken}, {self.tagged} with tags, "
            f"{self.masks} with masks; {splits}",
            f"{counted(len(self.classes), 'class', 'classes')}:",
        ]
        lines += [f"  {count:6d}  {name}" for name, count in self.classes.most_common()]
        return "\n".join([*map(printable, lines), *self.problem_lines()]) + "\n"

    def problem_lines(self) -> list[str]:
        """The counts of annotations, the notes, and each kind of problem with its cases."""
        lines = [
            f"{name} of {counted(count, 'training photo')}"
            for name, count in self.annotated.items()
        ]
        lines += self.notes
        for kind, cases in self.problems.items():
            if not cases:
                continue
            lines += [f"{kind}: {len(cases)}", *(f"  {case}" for case in cases[:LISTED])]
            if len(cases) > LISTED:
                lines.append(f"  ... and {len(cases) - LISTED} more")
        return list(map(printable, lines))
