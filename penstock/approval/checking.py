"""Verification of what is in force, before anything of it is used."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.approval.beside import differing_files, files_beside
from penstock.approval.port import Entry, Live
from penstock.approval.subject import NOTICES, differing_model, fetch_pack, model_folder
from penstock.errors import Problem, RequestError
from penstock.evidence.canonical import canonical_json, digest_of
from penstock.registry.port import Description, Registry

_REMEDY = "Restore the registry from a backup, or roll back."


def registered_facts(description: Description) -> Mapping[str, Any]:
    """Return what a registry says of a version that must not change any more."""
    metrics = {name: repr(value) for name, value in description.metrics.items()}
    return {
        "model_uri": description.model_uri,
        "created": repr(description.created),
        "metrics": digest_of(canonical_json(metrics)),
        "files_uri": description.files_uri,
        "files": dict(files_beside(description)),
        "properties": {
            name: value for name, value in description.properties.items() if name not in NOTICES
        },
    }


def differences(registry: Registry, live: Live, entry: Entry) -> Sequence[Problem]:
    """Return every difference between what was approved and what is there.

    Args:
        registry: Where the version is registered; it is believed nothing.
        live: What is in force.
        entry: That brought it into force.

    Returns:
        Empty if every byte of pack and model, and every fact of the registry, is as it was.

    Raises:
        ServiceError: The registry could not be reached.
    """
    try:
        description = registry.describe(live.group, live.version)
    except RequestError as error:
        return error.problems
    problems = list(_altered_facts(description, live, entry))
    with tempfile.TemporaryDirectory(prefix="penstock-approval-") as scratch:
        pack = Path(scratch, "evidence")
        problems += fetch_pack(registry, description, pack, live.evidence)
        approved = replace(description, model_uri=live.model_uri)
        with model_folder(registry, approved, Path(scratch)) as model:
            if isinstance(model, Problem):
                problems.append(model)
            else:
                name = f"{live.group}/{live.version}"
                problems += differing_model(model, live.model_digest, name)
    return problems


def _altered_facts(description: Description, live: Live, entry: Entry) -> Iterator[Problem]:
    approved = (entry.live or {}).get("registered", {})
    found = registered_facts(description)
    name = f"{live.group}/{live.version}"
    for fact in ("model_uri", "files_uri", "created", "metrics"):
        if fact in approved and approved[fact] != found[fact]:
            what = (
                f"the registry tells another {fact} of {name} than was approved: {found[fact]!r}, "
                f"not {approved[fact]!r}."
            )
            yield Problem(what, description.registered.uri, _REMEDY)
    there = replace(description, files_uri=approved.get("files_uri", ""))
    yield from differing_files(there, approved.get("files", {}))
    properties = approved.get("properties", {})
    for fact, value in sorted(properties.items()):
        shown = found["properties"].get(fact)
        if shown != value:
            what = (
                f"the registry tells another {fact} of {name} than was approved: {shown!r}, "
                f"not {value!r}."
            )
            yield Problem(what, description.registered.uri, _REMEDY)
