"""Small pieces of text: instants, ages, digests."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def instant_words(at: datetime) -> str:
    """Return an instant to the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def age_words(span: timedelta) -> str:
    """Return a span in its largest unit, such as `3 d`."""
    for unit, size in _UNITS:
        if span >= size:
            return f"{span // size} {unit}"
    return "now"


def short_digest(digest: str) -> str:
    """Return enough of a digest to tell it from others."""
    return digest[:19]
