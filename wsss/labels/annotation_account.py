"""Counts what the labels of photos were made from, and where annotations contradict each other."""

from collections import Counter

from wsss.labels.known import Annotated

LISTED = 20
"""largest number of photos that the text names"""


class AnnotationAccount:
    """Counts photos by the source of their labels; names those with contradictions."""

    def __init__(self) -> None:
        self._sources: Counter[str] = Counter()
        self._unknown: list[str] = []
        self._contradicted: list[str] = []

    def add(self, photo_id: str, made: Annotated, tagged: bool) -> None:
        """Count the labels of a photo that has tags, or has none and so is background only."""
        if made.source is not None:
            self._sources[made.source] += 1
        elif tagged:
            self._unknown.append(photo_id)
        else:
            self._sources["tags that name no class (background)"] += 1
        if made.contradicted:
            self._contradicted.append(f"{photo_id} ({made.contradicted} pixels)")

    def text(self) -> str:
        """A line for the sources, and one for each matter that occurred."""
        sources = ", ".join(f"{name} {count}" for name, count in sorted(self._sources.items()))
        unknown = "tagged photos without annotation, which are unknown (255)"
        contradicted = "photos whose annotations contradict each other, at these pixels 255"
        return (
            f"photos by the source of their labels: {sources or 'none'}\n"
            + _line(unknown, self._unknown)
            + _line(contradicted, self._contradicted)
        )


def _line(what: str, photos: list[str]) -> str:
    if not photos:
        return ""
    more = ", ..." if len(photos) > LISTED else ""
    return f"{what}: {len(photos)}: {', '.join(photos[:LISTED])}{more}\n"
