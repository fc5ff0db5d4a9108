"""Turns an error met while looking into a finding, so that one refusal does not end the look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from penstock.data.aws.failures import is_denied
from penstock.errors import PenstockError
from penstock.inspection.finding import Finding, State


def told(name: str, look: Iterable[Finding], when_denied: State = "broken") -> Iterator[Finding]:
    """Yield what a look finds, and each problem that ends it.

    Args:
        name: Of the findings.
        look: The findings; asked for one by one.
        when_denied: State of a look that these credentials may not take: `warning` where nothing
            but the look needs the right.
    """
    try:
        yield from look
    except PenstockError as error:
        state: State = when_denied if is_denied(error) else "broken"
        for problem in error.problems:
            place = f"{problem.where}: " if problem.where else ""
            yield Finding(name, state, f"{place}{problem.what.rstrip('.')}", problem.remedy)
