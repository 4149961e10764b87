"""Settings of labels from projected objectness."""

from pydantic import Field, PositiveFloat

from wsss.crf.settings import CrfSettings


class ProposalSettings(CrfSettings):
    """Labels from maps that know nothing of some pixels, such as projected objectness, by a dense
    CRF that may see depth (docs/methods.md#projection).
    """

    depth: PositiveFloat | None = 0.2
    """deviation of the appearance kernel in metres of depth; null leaves depth out"""
    ignore_below: float = Field(0.5, ge=0, le=1)
    """pixels whose most likely label has a lower probability become 255 (ignore)"""
    fill: bool = False
    """whether pixels of which the map knows nothing take the label that the CRF gives them; else
    they become 255"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words; the photos' depth is no
        annotation."""
        return ()
