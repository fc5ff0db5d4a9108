"""The central package, held to the statement behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.runtime import statements
from infra.runtime.deployer.approval import Approval
from infra.runtime.errors import Refused
from infra.runtime.metadata import EVIDENCE, REPORT, properties_of
from infra.runtime.statements import Statement


def require_as_stated(
    approval: Approval, package: Mapping[str, Any], statement: Statement, below: str
) -> None:
    """Refuse a package that says something else than its statement; all of it is told.

    Args:
        approval: Which package it is.
        package: As SageMaker describes it.
        statement: What was signed.
        below: Folder of the files of the statement, without a slash at its end.

    Raises:
        Refused: Somebody changed the package.
    """
    problems = list(_differences(approval, package, statement, below))
    if problems:
        remedy = "See who changed the package, and register the model again."
        raise Refused(" ".join(problems), approval.package, remedy)


def _differences(
    approval: Approval, package: Mapping[str, Any], statement: Statement, below: str
) -> Iterator[str]:
    """Yield what the package says otherwise than the statement behind it."""
    entries = package.get("CustomerMetadataProperties") or {}
    told = properties_of(entries)
    wanted = {statements.RELEASE: statement.release, statements.AUTHOR: statement.author}
    optional = {
        "model_digest": statement.model_digest,
        "evidence_digest": statement.evidence_digest,
    }
    wanted |= {name: value for name, value in optional.items() if name in told}
    for name, value in wanted.items():
        if told.get(name) != value:
            yield f"its {name} is {told.get(name, 'missing')}; the statement says {value}."
    for name in (EVIDENCE, REPORT):
        if name in entries and not str(entries[name]).startswith(f"{below}/"):
            yield f"its {name} is {entries[name]}; the statement says it is below {below}/."
    if statement.group != approval.group:
        yield f"its group is {approval.group}; the statement says {statement.group}."
    containers = (package.get("InferenceSpecification") or {}).get("Containers") or []
    places = [_model_of(each) for each in containers]
    if [each.rstrip("/") for each in places] != [f"{below}/model"]:
        found = ", ".join(places) or "no place"
        yield f"its model is at {found}; the statement says {below}/model/."
    computed = statements.model_digest(statement.files)
    if computed != statement.model_digest:
        yield f"the files of its model have the digest {computed}; the statement says otherwise."


def _model_of(container: Mapping[str, Any]) -> str:
    source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
    return str(container.get("ModelDataUrl") or source.get("S3Uri") or "no place")
