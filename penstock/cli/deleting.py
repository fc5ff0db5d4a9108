"""Which pipelines of an account are personal copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.deployment.place import Place
    from penstock.deployment.wanted import Existing


def copies(place: Place, names: Sequence[str], suffix: str) -> Sequence[str]:
    """Return the copies of a suffix.

    Args:
        place: Where.
        names: Without the suffix; none: all.
        suffix: Of the copies.

    Raises:
        RequestError: A name is of no copy.
    """
    from penstock.deployment.naming import pipeline_name

    wanted = [pipeline_name(each, suffix) for each in names]
    if not wanted:
        pipeline_name("x", suffix)
        wanted = [each for each in _names(place) if each.endswith(f"-{suffix}")]
        return [each for each in wanted if _expiry(place.service.read(each))]
    found = {each: place.service.read(each) for each in wanted}
    missing = [each for each in wanted if found[each] is not None and not _expiry(found[each])]
    if missing:
        remedy = "Only what was made with --suffix is deleted here."
        raise RequestError(
            [Problem(f"{each} is no personal copy.", remedy=remedy) for each in missing]
        )
    return [each for each in wanted if found[each] is not None]


def expired_copies(place: Place) -> Sequence[str]:
    """Return the copies whose day is over."""
    today = datetime.now(UTC).date().isoformat()
    expiries = {each: _expiry(place.service.read(each)) for each in _names(place)}
    return [name for name, expiry in expiries.items() if "" < expiry < today]


def _names(place: Place) -> list[str]:
    """Return the names of all pipelines of an environment."""
    return [each.name for each in place.executions.pipelines()]


def _expiry(existing: Existing | None) -> str:
    from penstock.deployment.wanted import EXPIRES

    return existing.tags.get(EXPIRES, "") if existing else ""
