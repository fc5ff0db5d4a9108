"""Data, personal data, and where every byte comes from."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.evidence_pack.sections.section import facts, section
from components.pages.figures import MISSING, count
from components.pages.markup import Markup, tag


def data_section(document: Mapping[str, Any]) -> Markup:
    """Return what was read, what was left out, and how it was split."""
    data = document["data"]
    quarantine = data["quarantine"]
    reasons = ", ".join(f"{reason}: {rows:,}" for reason, rows in quarantine["reasons"].items())
    rows = [
        ("table", data.get("table") or MISSING),
        ("snapshots", _range(data.get("snapshot_from"), data.get("snapshot_to"))),
        ("times", _range(data.get("time_from"), data.get("time_to"))),
        ("rows read", count(int(data.get("rows_read") or 0))),
        ("quarantined", f"{count(int(quarantine['rows']))}{f' ({reasons})' if reasons else ''}"),
        *(
            (f"{name} rows", f"{count(part['rows'])}{_days(part)}")
            for name, part in data["splits"].items()
        ),
        ("digest of the rows", tag("code", data.get("digest") or MISSING)),
    ]
    return section("Data", "", facts(rows))


def personal_section(document: Mapping[str, Any]) -> Markup:
    """Return which columns of personal data were seen, and which the model never got."""
    personal: Mapping[str, Sequence[str]] = document["data"]["pii"]
    if not personal["seen"]:
        return section("Personal data", "The use case marks no column as personal data.")
    rows = [
        ("seen in the source", ", ".join(personal["seen"])),
        ("dropped", ", ".join(personal["dropped"]) or "none"),
        ("kept as a key", ", ".join(personal["kept_as_key"]) or "none"),
    ]
    return section("Personal data", "No column of personal data is a feature.", facts(rows))


def origin_section(document: Mapping[str, Any]) -> Markup:
    """Return who, why, and the digests."""
    candidate, digests = document["candidate"], document["digests"]
    code = digests["code"]
    commit = tag("code", code["commit"]) if code["commit"] else "not known"
    dirty = None
    if code["dirty"]:
        dirty = tag("span", " with changes that are not committed", class_="moved")
    rows = [
        ("started by", candidate["started_by"] or "not known"),
        ("reason", candidate["reason"] or MISSING),
        ("run", candidate["execution"] or MISSING),
        ("code", tag("span", commit, dirty)),
        ("image", digests["image"]["uri"] or "none: a process on this machine"),
        ("model", tag("code", digests["model"]["digest"])),
        ("use case", tag("code", candidate["use_case"])),
        ("definition", tag("code", digests["definition"]["digest"] or "not known")),
        ("packages", tag("code", digests["packages"]["digest"])),
    ]
    text = "An approval names all of this by one digest; a changed byte voids it."
    return section("Where it comes from", text, facts(rows))


def _days(part: Mapping[str, Any]) -> str:
    return f", {part['first_day']} to {part['last_day']}" if "first_day" in part else ""


def _range(start: object, end: object) -> str:
    if not start and not end:
        return MISSING
    return f"{start or 'the beginning'} to {end or 'the end'}"
