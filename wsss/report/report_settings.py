"""Settings of the report."""

from pydantic import Field, PositiveInt

from wsss.run.settings import Settings


class ReportSettings(Settings):
    """The report of one recipe, or of several side by side: figures, and a gallery of photos at all
    steps.
    """

    photos: PositiveInt = 5000
    """largest number of photos in the gallery; if there are more, those of yours that are to be
    checked first are shown, of a benchmark a random sample"""
    pixels: int = Field(480, ge=64)
    """longer side of a photo in the gallery"""
    single_file: PositiveInt = 200
    """largest number of photos in a report that is a single file; the worst come first"""
