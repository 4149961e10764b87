"""Published systems: what they set, what presets/published/ sets, and what the defaults are.
docs/published.yaml holds the published values; docs/published.md is made from it, the presets, the
recipes, docs/published_costs.json and docs/without_preset.yaml.

    python -m wsss.plan.published       rewrite docs/published.md
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from wsss.plan.chains import Chain
from wsss.plan.config import ROOT
from wsss.plan.plan import Plan
from wsss.plan.published_costs import (
    CARD,
    PHOTO,
    SUSTAINED,
    TRAINAUG,
    Cost,
    cost_lines,
    hours_of,
    memory_of,
    read_costs,
)
from wsss.plan.step_settings import address
from wsss.plan.without_preset import Figure, other_lines, read_others
from wsss.run.settings import Settings, merge, validate
from wsss.run.yaml_files import read_yaml

PRESETS = ROOT / "presets" / "published"
"""the folder of the presets, one for each system"""
Json = dict[str, Any]
INTRODUCTION = f"""
# Published systems

`python -m wsss.plan.published` makes this page from published.yaml, the presets in
`presets/published/` and the recipes. For each system it says what is published, what the
preset sets, and what the settings are by default. The defaults are the project's own.

The commands need a GPU. They download VOC and, but for `mil`, SBD (`train_split: trainaug`).
None of them was run here: there was no GPU. So the published figures are not confirmed.
`docs/measured.md` has what was measured on fewer and smaller photos.

Hours and memory are estimates, and no measurements. `benchmarks/published_costs.py` counts
multiplications and additions, each as one operation, at the published batch and crop, and on
photos of {PHOTO}.

- Hours: {CARD} is taken to do {SUSTAINED:g} x 10^12 operations a second, a fifth of what its
  maker states for bfloat16. At twice that rate hours are half. Convolutions of single channels,
  as in MobileNet (`rloss`), are far slower. Reading photos and dense CRFs are the processor's
  work, and are not in the hours ([scaling](scaling.md)).
- GiB: weights, gradients, momentum, and what a step keeps for its gradient, all in float32. A
  card keeps most of it in bfloat16, which takes half, and needs room for its buffers. What steps
  keep was also measured with few photos on a CPU (`benchmarks/published_step.py`). For the
  published batch that makes 3.2 GiB for SEC's classifier, 2.1 for its network, 1.3 for IRNet's
  classifier, 9.9 for its affinities and 7.6 for MobileNet, without weights.

`benchmarks/gpu.py` measures speed and memory on a card.
"""
"""the page above the systems"""


class Row(Settings):
    """A setting of a step, and the published value."""

    setting: str
    """STEP.KEY, as `show_recipe` names the step and config.yaml the key; the page adds the method
    of keys that only it has
    """
    published: Any
    """the published value: as a setting, or in words"""
    why: str = ""
    """why the preset says something else; "" where it says the same"""
    source: str = ""
    """where the value was read; "" is the system's code"""

    @property
    def place(self) -> tuple[str, str]:
        """The step and the key."""
        step, _, key = self.setting.rpartition(".")
        return step, key


class Difference(Settings):
    """What differs whatever is set."""

    what: str
    published: str
    here: str
    why: str


class System(Settings):
    """A published system."""

    title: str
    """its name and where it appeared"""
    code: str
    """the published repositories"""
    recipe: str
    """the recipe that runs it"""
    figures: list[Figure]
    """what is reported of it"""
    bring: list[str] = Field(default_factory=list)
    """files that only the user can bring, one sentence each"""
    given: str = ""
    """how the command gives them, after --config"""
    photos: int = TRAINAUG
    """photos that it trains on"""
    rows: list[Row]
    """all settings that the preset or the recipe states, and others worth a look"""
    differs: list[Difference] = Field(default_factory=list)


def read_systems(path: Path = ROOT / "docs" / "published.yaml") -> dict[str, System]:
    """Name -> system, of a YAML file; the names are those of the presets."""
    raw = read_yaml(path, "table of published systems")
    return {name: validate(System, system, path.name) for name, system in raw.items()}


def chain_of(system: System, preset: str | None = None) -> Chain:
    """The recipe of a system under its preset, by name, or under the defaults."""
    values = read_yaml(ROOT / "config.yaml", "configuration")
    if preset is not None:
        values = merge(values, read_yaml(PRESETS / f"{preset}.yaml", "preset"))
    return Plan({**values, "dataset": "mini"}).chain(system.recipe)


def value_of(row: Row, chain: Chain) -> Any:
    """The value that a chain has of a row's setting. UserError or KeyError without such a step or
    key.
    """
    step, key = row.place
    return chain.step(step).settings[key]


def page_text(systems: dict[str, System]) -> str:
    """The page docs/published.md."""
    lines, costs = [INTRODUCTION.strip()], read_costs()
    lines += _overview(systems, costs)
    for name, system in systems.items():
        lines += _section(name, system, [cost for cost in costs if cost.system == name])
    return "\n".join([*lines, *other_lines(read_others())]) + "\n"


def _overview(systems: dict[str, System], costs: list[Cost]) -> list[str]:
    """The lines of a table with a row for each system."""
    lines = ["", "| system | preset | reported on VOC val | hours | GiB | files to bring |"]
    lines.append("|---|---|---|---|---|---|")
    for name, system in systems.items():
        on_val = [_briefly(figure) for figure in system.figures if figure.of.startswith("VOC val")]
        own = [cost for cost in costs if cost.system == name]
        estimated = f"{hours_of(own):.1f} | {memory_of(own):.1f}"
        files = "yes" if system.bring else "none"
        reported = ", ".join(on_val)
        lines.append(f"| {system.title} | `{name}` | {reported} | {estimated} | {files} |")
    return lines


def _briefly(figure: Figure) -> str:
    """A figure, and whether it was not checked."""
    return f"{figure.value:g}" + (" (not checked)" if figure.source == "not checked" else "")


def _section(name: str, system: System, costs: list[Cost]) -> list[str]:
    """The lines of one system."""
    lines = ["", f"## {system.title}", "", f"Published code: {system.code}. Reported mIoU:", ""]
    lines += [f"- {figure}" for figure in system.figures]
    lines += ["", f"    {command_of(name, system)}", ""]
    if system.bring:
        lines += ["It needs:", "", *(f"- {sentence}" for sentence in system.bring), ""]
    lines += [*cost_lines(costs), ""]
    lines += [
        "| setting | published | here | by default | why not the same, or source |",
        "|---|---|---|---|---|",
    ]
    here, default = chain_of(system, name), chain_of(system)
    for row in system.rows:
        values = (row.published, value_of(row, here), value_of(row, default))
        shown = " | ".join(map(_shown, values))
        step, key = row.place
        lines.append(f"| `{address(here.step(step), key)}` | {shown} | {_remark(row)} |")
    if system.differs:
        lines += ["", "What differs whatever is set:", ""]
        lines += ["| | published | here | why |", "|---|---|---|---|"]
        for item in system.differs:
            lines.append(f"| {item.what} | {item.published} | {item.here} | {item.why} |")
    return lines


def command_of(name: str, system: System) -> str:
    """The command that runs a system as published."""
    given = f" --config {system.given}" if system.given else ""
    preset = f"--configfile presets/published/{name}.yaml"
    return f"snakemake --cores 8 {preset}{given} -- results/{system.recipe}/voc_val_miou.txt"


def _shown(value: Any) -> str:
    """A value in a cell of the table: words as they are, numbers and lists as short as they go."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items())
    return str(yaml.safe_dump(value).removesuffix("...\n").strip())


def _remark(row: Row) -> str:
    """The last cell of a row."""
    return "; ".join(filter(None, (row.why, row.source)))


if __name__ == "__main__":
    page = ROOT / "docs" / "published.md"
    sys.exit(page.write_text(page_text(read_systems()), encoding="utf-8") == 0)
