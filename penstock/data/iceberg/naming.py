"""What the address of an Iceberg table says."""

from __future__ import annotations

import difflib
from dataclasses import replace

from penstock.data.address import Address
from penstock.errors import DataError, Problem

READING_OPTIONS = ("snapshot", "since")
"""Options that say what is read of a table and do not belong to its name."""
OPTIONS = {
    "iceberg+sqlite": (),
    "iceberg+glue": ("region", "warehouse", "profile"),
    "iceberg+rest": ("warehouse", "scheme", "token", "credential", "region"),
}
"""Options by scheme; beside them, sources know `snapshot` and `since`, and sinks `mode`."""
DEFAULT_NAMESPACE = "main"


def table_identifier(address: Address) -> tuple[str, ...]:
    """Return namespace and name of the address's table; without a namespace it is `main`.

    Raises:
        DataError: The address names no table.
    """
    parts = tuple(part for part in address.table.split(".") if part)
    if not parts:
        raise DataError(
            Problem(
                "the address names no table.",
                str(address),
                "Add it at the end: #namespace.table.",
            )
        )
    return parts if len(parts) > 1 else (DEFAULT_NAMESPACE, *parts)


def without_reading_options(address: Address) -> Address:
    """Return the address of the table itself: what lineage and the watermark call it."""
    kept = {k: v for k, v in address.options.items() if k not in (*READING_OPTIONS, "mode")}
    return replace(address, options=kept)


def check_options(address: Address, *also: str) -> None:
    """Refuse options that mean nothing here.

    Args:
        address: The address.
        also: Options that its user knows beside those of the scheme.

    Raises:
        DataError: Names every unknown option and the nearest known one.
    """
    known = (*OPTIONS[address.scheme], *also)
    problems = []
    for option in address.options:
        if option not in known:
            near = difflib.get_close_matches(option, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
            problems.append(Problem(f"the option {option!r} is unknown.", str(address), hint))
    if problems:
        raise DataError(problems)
