"""Imported first by every stage script: makes `wsss` importable from a plain `python stages/x.py`,
in any folder.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wsss.run.code import CODE  # before all that is slow to import: it names the code as it is now
from wsss.run.stage import Stage

__all__ = ["CODE", "Stage"]
