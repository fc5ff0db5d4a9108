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
SECRETS = ("token", "credential")
REFERENCES = ("env:", "aws:")
"""How a reference to a secret begins, see `penstock.data.secrets`."""
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
    """Refuse options that mean nothing here, and secrets that stand in the address.

    Args:
        address: The address.
        also: Options that its user knows beside those of the scheme.

    Raises:
        DataError: Names every unknown option and the nearest known one; or an option that holds
            a secret, without showing it.
    """
    _refuse_secrets(address)
    known = (*OPTIONS[address.scheme], *also)
    problems = []
    for option in address.options:
        if option not in known:
            near = difflib.get_close_matches(option, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
            problems.append(Problem(f"the option {option!r} is unknown.", str(address), hint))
    if problems:
        raise DataError(problems)


def _refuse_secrets(address: Address) -> None:
    place = f"{address.scheme}://{address.place}"
    problems = [
        Problem(
            f"the option {name!r} holds no reference to a secret.",
            place,  # not the whole address, which would show it
            f"Use {name}=env:NAME or {name}=aws:SECRET, never the secret itself.",
        )
        for name in SECRETS
        if name in address.options and not address.options[name].startswith(REFERENCES)
    ]
    if problems:
        raise DataError(problems)
