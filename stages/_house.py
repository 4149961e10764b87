"""Imported first by every stage script: makes `wsss` importable from a plain `python stages/x.py`, in any folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wsss.run.stage import Stage

__all__ = ["Stage"]
