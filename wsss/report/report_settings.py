"""Settings of the report."""

from pydantic import Field, PositiveInt

from wsss.run.settings import Settings


class ReportSettings(Settings):
    """The report of a recipe, and of several side by side: figures, and a gallery of photos through
    all stages.
    """

    photos: PositiveInt = 5000
    """at most so many photos in the gallery, drawn at random where there are more"""
    pixels: int = Field(480, ge=64)
    """longer side of a photo in the gallery"""
    single_file: PositiveInt = 200
    """at most so many photos in the report as a single file, the worst first"""
