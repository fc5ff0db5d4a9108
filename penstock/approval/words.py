"""What people write with a decision: text, and nothing but text."""

import unicodedata
from collections.abc import Iterator

from penstock.errors import Problem

LONGEST = 2000
_BREAKS = "\n\t"
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that let text be shown in another order than it has."""


def normal(text: str) -> str:
    """Return a text as it is kept: with plain line breaks, no space at its ends."""
    return text.replace("\r\n", "\n").strip()


def problems_of(what: str, text: str, longest: int = LONGEST) -> Iterator[Problem]:
    """Yield what is wrong with a text.

    Args:
        what: What it is, such as "comment".
        text: As `normal` gives it.
        longest: How many characters it may have.
    """
    if len(text) > longest:
        counted = f"the {what} has {len(text):,} characters; at most {longest:,} are kept."
        yield Problem(counted, remedy="Shorten it.")
    signs = sorted({sign for sign in text if _is_refused(sign)})
    if signs:
        named = ", ".join(f"U+{ord(sign):04X}" for sign in signs[:5])
        yield Problem(f"the {what} holds control characters ({named}).", remedy="Remove them.")


def plain(text: str) -> str:
    """Return a text in one line, with signs that a terminal would obey spelled out."""
    return "".join(
        each if each.isprintable() else " " if each.isspace() else f"\\u{ord(each):04x}"
        for each in text
    )


def _is_refused(sign: str) -> bool:
    kind = unicodedata.category(sign)
    return (kind == "Cc" and sign not in _BREAKS) or kind == "Cs" or sign in _DIRECTIONS
