"""Evidence packs for people and machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.cli.models.reaching import evidence_folder
from penstock.cli.run_view.text_table import text_table
from penstock.errors import Problem, RequestError
from penstock.evidence.pack import PAGE, Pack, read_pack
from penstock.evidence.verify import verify_pack


@dataclass(frozen=True, slots=True)
class Found:
    """A pack.

    Attributes:
        name: Such as `fraud/2`, or the folder.
        pack: What was read.
        registered: The evidence digest that the registry tells; empty for a folder.
        model: Where the model is on this machine; None where it is not.
    """

    name: str
    pack: Pack
    registered: str = ""
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        name: Of the pack.
        digest: Its evidence digest.
        hashed: What was hashed.
        unreached: What the document names and nobody could hash here.
        problems: What does not match.
    """

    name: str
    digest: str
    hashed: Sequence[str]
    unreached: Sequence[str]
    problems: Sequence[Problem]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name,
            "evidence_digest": self.digest,
            "hashed": list(self.hashed),
            "unreached": list(self.unreached),
            "problems": [str(each) for each in self.problems],
        }


def find_pack(what: str, use_case: str, registry: str | None) -> Found:
    """Return the pack of a version, or in a folder.

    Raises:
        RequestError: There is no such version, or it was registered without evidence.
        DataError: The folder is no pack, or the document is damaged.
    """
    group, _, number = what.rpartition("/")
    if Path(what).is_dir() or not number.isdigit():
        folder = Path(what)
        return Found(str(folder), read_pack(folder))
    from penstock.registry import default_uri, open_registry

    if not group:
        from penstock.use_case import load_use_case

        group = load_use_case(use_case).group
    opened = open_registry(registry or default_uri())
    described = opened.describe(group, int(number))
    name = f"{group}/{number}"
    digest = described.properties.get("evidence_digest", "")
    if not digest:
        raise RequestError(
            Problem(
                f"{name} was registered without evidence.",
                remedy="Train it again; `register` takes the output of `evidence`.",
            )
        )
    folder = evidence_folder(opened, group, int(number), digest)
    return Found(name, read_pack(folder), digest, _path(described.model_uri))


def verified(found: Found, model: str | None) -> Verified:
    """Hash a pack, and the model where it is within reach.

    Raises:
        RequestError: There is no such model folder.
    """
    if model is not None and not Path(model).exists():
        raise RequestError(Problem("there is no such folder.", f"--model {model}"))
    place = Path(model) if model is not None else found.model
    reachable = {} if place is None else {"model": place}
    problems = verify_pack(found.pack.folder, reachable, digest=found.registered)
    files = len(found.pack.document["files"])
    hashed = [f"evidence.json and {files} files of the pack"]
    hashed += [f"the {name} at {path}" for name, path in reachable.items()]
    unreached = [] if place is not None else ["the model (--model FOLDER)"]
    table = found.pack.document.get("data", {}).get("table")
    if table:
        unreached.append(f"the rows of {table} (their digest is in the document)")
    return Verified(found.name, found.pack.digest, hashed, unreached, problems)


def verified_text(result: Verified) -> str:
    """Return a verification as text."""
    lines = [
        f"{result.name}  {'DOES NOT MATCH' if result.problems else 'every byte is as it was'}",
        f"evidence    {result.digest}",
        *(f"hashed      {each}" for each in result.hashed),
        *(f"not hashed  {each}" for each in result.unreached),
        *(f"wrong       {each}" for each in result.problems),
    ]
    return "\n".join(lines)


def pack_text(found: Found) -> str:
    """Return what an approver must know, the verdict first."""
    document = found.pack.document
    verdict, candidate = document.get("verdict", {}), document.get("candidate", {})
    digests, data = document.get("digests", {}), document.get("data", {})
    advice = "recommended" if verdict.get("recommended") else "not recommended"
    code = digests.get("code", {})
    gates = document.get("gates", [])
    passed = sum(bool(gate.get("passed")) for gate in gates)
    lines = [
        f"{found.name}  {advice}",
        str(verdict.get("sentence", "")),
        "",
        f"evidence    {found.pack.digest}",
        f"started by  {candidate.get('started_by') or 'unknown'}{_reason(candidate)}",
        f"code        {code.get('commit') or 'unknown'}{' (dirty)' if code.get('dirty') else ''}",
        f"data        {data.get('table') or 'unknown'}, {data.get('rows', 0)} rows",
        f"gates       {passed} of {len(gates)} passed",
        "",
        text_table(["metric", "here", "interval", "champion", "difference"], _metrics(document)),
        "",
        f"page        {found.pack.folder / PAGE}",
    ]
    return "\n".join(lines)


def _reason(candidate: Mapping[str, Any]) -> str:
    return f": {candidate['reason']}" if candidate.get("reason") else ""


def _metrics(document: Mapping[str, Any]) -> list[list[str]]:
    compared = document.get("verdict", {}).get("metrics") or {}
    rows = []
    for name, each in document.get("metrics", {}).items():
        other = compared.get(name) or {}
        rows.append(
            [
                name,
                _number(each.get("value")),
                _interval(each),
                _number(other.get("champion")),
                f"{_number(other.get('difference'), '+')} {_interval(other)}".strip(),
            ]
        )
    return rows


def _number(value: Any, sign: str = "") -> str:
    return f"{value:{sign}.4f}" if isinstance(value, int | float) else ""


def _interval(each: Mapping[str, Any]) -> str:
    if not isinstance(each.get("low"), int | float):
        return ""
    return f"{_number(each['low'])} … {_number(each['high'])}"


def _path(uri: str) -> Path | None:
    return Path(url2pathname(urlsplit(uri).path)) if uri.startswith("file://") else None
