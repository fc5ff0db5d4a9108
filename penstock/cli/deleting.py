"""Which pipelines of an account are personal copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.deployment.wanted import EXPIRES, SUFFIX
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
        ends = [each for each in _names(place) if each.endswith(f"-{suffix}")]
        return [each for each in ends if _tag(place.service.read(each), SUFFIX) == suffix]
    found = {each: place.service.read(each) for each in wanted}
    missing = [
        each for each in wanted if found[each] is not None and _tag(found[each], SUFFIX) != suffix
    ]
    if missing:
        remedy = "Only what was made with this --suffix is deleted here."
        raise RequestError(
            [Problem(f"{each} is no personal copy.", remedy=remedy) for each in missing]
        )
    return [each for each in wanted if found[each] is not None]


def expired_copies(place: Place) -> Sequence[str]:
    """Return the copies whose day is over."""
    today = datetime.now(UTC).date().isoformat()
    expiries = {each: _tag(place.service.read(each), EXPIRES) for each in _names(place)}
    return [name for name, expiry in expiries.items() if "" < expiry < today]


def _names(place: Place) -> list[str]:
    """Return the names of all pipelines of an environment."""
    return [each.name for each in place.executions.pipelines()]


def _tag(existing: Existing | None, name: str) -> str:
    return existing.tags.get(name, "") if existing else ""
