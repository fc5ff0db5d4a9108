"""Which rows runs and registered versions saw, for people and machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from penstock.cli.home import HOME
from penstock.cli.run_inputs import address_of, is_unloaded, last_of_table
from penstock.cli.run_view.text_table import text_table
from penstock.data.lineage import known
from penstock.errors import Problem, RequestError

_READERS = ("preprocess", "prepare")
_PREFIX = "data_"
_WORDS = {
    "table": "table",
    "snapshot_from": "after snapshot",
    "snapshot_to": "up to snapshot",
    "snapshot_time": "committed",
    "time_from": "first row",
    "time_to": "last row",
    "rows": "rows",
    "digest": "digest",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run or a version saw.

    Attributes:
        name: Execution id, or `fraud/3`.
        facts: By the names of `penstock.data.lineage.Lineage`.
        adjoins: Whether it goes on where the version before ended; None where that has no meaning.
    """

    name: str
    facts: Mapping[str, str]
    adjoins: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Coming:
    """What the next incremental training would read.

    Attributes:
        last: The version whose snapshot it goes on from; empty: none, all rows are read.
        snapshot_from: That snapshot.
        snapshot_to: The table's current one.
        is_empty: Whether nothing was appended since.
    """

    last: str
    snapshot_from: str
    snapshot_to: str
    is_empty: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def lineage_of(what: str, registry: str | None) -> Seen:
    """Return what a run (by its id) or a version (`fraud/3`) saw.

    Raises:
        RequestError: There is no such run or version, or it read no rows.
    """
    group, slash, version = what.rpartition("/")
    if slash:
        if not version.isdigit():
            problem = Problem(f"{what!r} names no version.", remedy="Write it as fraud/3.")
            raise RequestError(problem)
        found = _registry(registry).describe(group, int(version))
        return Seen(what, _facts(found.properties))
    from penstock.targets.local.history import past_runs

    known = []
    for run in past_runs(HOME):
        known.append(run.execution_id)
        if run.execution_id != what:
            continue
        for step in _READERS:
            if step in run.steps and run.steps[step].parameters:
                return Seen(what, _facts(run.steps[step].parameters))
        raise RequestError(Problem(f"the run {what} has read no rows.", remedy="See its log."))
    listed = ", ".join(known[:5]) or "none"
    raise RequestError(Problem(f"there is no run {what}.", remedy=f"The latest are: {listed}."))


def lineages_of_use_case(use_case: str, registry: str | None) -> list[Seen]:
    """Return what each registered version of a use case saw, oldest first."""
    from penstock.use_case import load_use_case

    opened, group = _registry(registry), load_use_case(use_case).group
    found: list[Seen] = []
    for each in opened.versions(group):
        facts = _facts(opened.describe(group, each.version).properties)
        before = found[-1].facts if found else None
        adjoins = None
        if before and facts.get("table") == before.get("table") and facts.get("snapshot_to"):
            adjoins = facts.get("snapshot_from") == before.get("snapshot_to")
        found.append(Seen(f"{group}/{each.version}", facts, adjoins))
    return found


def coming_increment(use_case: str, registry: str | None) -> Coming | None:
    """Return what the next incremental training would read; None where none is incremental.

    Raises:
        DataError: The increment cannot be told.
        ServiceError: The table could not be reached.
    """
    from penstock.data.address import parse_address
    from penstock.data.pinning import SNAPSHOT_SCHEMES, pin
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    address = address_of(settings)
    if settings.source.window.rows != "incremental":
        return None
    if parse_address(address).scheme not in SNAPSHOT_SCHEMES or is_unloaded(settings, address):
        return None
    last = last_of_table(_registry(registry), settings, address)
    pinned = pin(address, since=last.properties["data_snapshot_to"] if last else "")
    return Coming(
        f"{last.registered.group}/{last.registered.version}" if last else "",
        pinned.lineage.snapshot_from,
        pinned.lineage.snapshot_to,
        pinned.is_empty_increment,
    )


def coming_text(coming: Coming) -> str:
    """Return in a line what the next incremental training would read."""
    if coming.is_empty:
        return f"next   nothing was appended since {coming.last}"
    if not coming.last:
        return f"next   all rows, up to snapshot {coming.snapshot_to}"
    return f"next   rows after snapshot {coming.snapshot_from} up to {coming.snapshot_to}"


def one_text(seen: Seen) -> str:
    """Return one lineage, a fact a line."""
    lines = [f"{seen.name}"]
    lines += [f"  {_WORDS[key]:<15} {value}" for key, value in seen.facts.items() if value]
    return "\n".join(lines)


def list_text(several: Sequence[Seen], use_case: str) -> str:
    """Return several lineages as a table."""
    if not several:
        return f"no model of {use_case} is registered; pipeline run training registers one."
    rows = []
    for seen in several:
        facts = seen.facts
        rows.append(
            [
                seen.name,
                facts.get("snapshot_from") or "the first",
                facts.get("snapshot_to") or "none",
                facts.get("time_from", "")[:10],
                facts.get("time_to", "")[:10],
                facts.get("rows", ""),
                _adjoining(seen),
            ]
        )
    heads = ["version", "after snapshot", "up to snapshot", "from", "to", "rows", "adjoins"]
    tables = dict.fromkeys(seen.facts.get("table", "") for seen in several)
    named = "\n".join(f"table  {table}" for table in tables if table)
    return text_table(heads, rows) + (f"\n{named}" if named else "")


def _adjoining(seen: Seen) -> str:
    if seen.adjoins is None:
        return ""
    if seen.adjoins:
        return "yes"
    return "no" if seen.facts.get("snapshot_from") else "all rows"


def _facts(properties: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: known(_text(properties[f"{_PREFIX}{key}"]))
        for key in _WORDS
        if f"{_PREFIX}{key}" in properties
    }


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _registry(uri: str | None) -> Any:
    from penstock.registry import default_uri, open_registry

    return open_registry(uri or default_uri())
