"""Values out of a document that others wrote: of the type that is needed, or nothing."""

import math
from collections.abc import Mapping, Sequence
from typing import Any


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Mapping[str, Any]]:
    """Return the mappings of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def texts(value: Any) -> Sequence[str]:
    """Return the texts of a list."""
    return [str(each) for each in value] if isinstance(value, list) else []


def real(value: Any) -> float | None:
    """Return a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def text(value: Any) -> str:
    """Return a text, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def pair(value: Any) -> tuple[float | None, float | None]:
    """Return both ends of an interval that stands as a list of two numbers."""
    if isinstance(value, list) and len(value) == 2:
        return real(value[0]), real(value[1])
    return None, None
