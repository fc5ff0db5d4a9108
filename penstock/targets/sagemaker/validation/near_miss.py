"""The remedy for a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12


def known_names(
    name: str, known: Iterable[str], none: str = "There is none to choose from."
) -> str:
    """Say which known name was probably meant, or which names there are.

    Args:
        name: The unknown name.
        known: The names that would have been right, in the order to list them.
        none: What to say when there are no known names.
    """
    names = list(dict.fromkeys(known))
    if not names:
        return none
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    if close:
        return f"Did you mean {folded[close[0]]!r}?"
    listed = ", ".join(names[:_LISTED])
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"Use one of: {listed}{more}."
