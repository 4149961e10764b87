"""The type of a setting that is a path: YAML reads a folder called 2024 as a number."""

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator


def as_text(value: Any) -> Any:
    """A number or a date as text; all other values as they are."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, datetime.date) else value


PathText = Annotated[str, BeforeValidator(as_text)]
"""a path, also of digits"""
