"""Claims of published systems, and what was measured here. docs/claims.json holds them, and
docs/claims.md is produced from it.

    python -m wsss.report.claims        rewrite docs/claims.md
"""

from pathlib import Path

from wsss.run.files import read_json
from wsss.run.settings import Settings, validate

DOCS = Path(__file__).resolve().parents[2] / "docs"


class Claim(Settings):
    """One claim: a gain that a system reports over its own baseline."""

    system: str
    """the published system"""
    claim: str
    """what is claimed"""
    published: str
    """the published figures"""
    measured: str | None = None
    """the figures measured here; null when the claim was not tested"""
    spread: float | None = None
    """standard deviation over seeds, in points"""
    seeds: int = 0
    """how many seeds were run"""
    holds: bool | None = None
    """whether the claim holds here; null when it was not tested, or when the result is a tie"""
    command: str
    """the command that tests it"""


def read_claims(path: Path = DOCS / "claims.json") -> list[Claim]:
    """The claims of a JSON file, validated."""
    return [validate(Claim, row, path.name) for row in read_json(path)]


def claims_text(claims: list[Claim]) -> str:
    """The claims as a Markdown page: which of them hold, then the figures of each command."""
    lines = [
        "# Claims",
        "",
        "`python -m wsss.report.claims` makes this page from claims.json. Figures measured here",
        "are on 311 training photos, not on the whole of VOC. Compare them with each other only.",
        "",
        "| system | claim | holds | seeds |",
        "|---|---|---|---|",
    ]
    lines += [f"| {c.system} | {c.claim} | {_holds(c)} | {c.seeds} |" for c in claims]
    for command in dict.fromkeys(c.command for c in claims):
        lines += _figures(command, [c for c in claims if c.command == command])
    return "\n".join(lines) + "\n"


def _figures(command: str, claims: list[Claim]) -> list[str]:
    """A section of the page: the figures of the claims that one command tests."""
    targets = command.partition(" -- ")[2]
    lines = ["", f"## {targets}", "", f"    {command}", ""]
    lines += ["| system | claim | published | measured here |", "|---|---|---|---|"]
    for c in claims:
        measured = f"{c.measured or 'not run'}{_spread(c)}"
        lines.append(f"| {c.system} | {c.claim} | {c.published} | {measured} |")
    return lines


def _spread(claim: Claim) -> str:
    return "" if claim.spread is None else f" (spread {claim.spread})"


def _holds(claim: Claim) -> str:
    if claim.holds is None:
        return "not run" if claim.measured is None else "open"
    return "yes" if claim.holds else "no"


if __name__ == "__main__":
    (DOCS / "claims.md").write_text(claims_text(read_claims()), encoding="utf-8")
