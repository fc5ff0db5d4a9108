"""A policy document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policies.errors import PolicyError, Problem
from infra.policies.place import Place
from infra.policies.statement import Statement, parse_statement

VERSION_WITH_VARIABLES = "2012-10-17"
_VERSIONS = (VERSION_WITH_VARIABLES, "2008-10-17")
_ELEMENTS = {"Version", "Id", "Statement"}


@dataclass(frozen=True, slots=True)
class Policy:
    """Statements that stand together. Make one with `parse_policy`."""

    statements: tuple[Statement, ...]


def parse_policy(
    document: Mapping[str, Any] | str,
    place: Place | str = "policy",
    *,
    resolve: Callable[[Any], Any] = lambda value: value,
    absent: object = None,
) -> Policy:
    """Read a policy document.

    Args:
        document: As IAM takes it: a mapping or its JSON.
        place: Where it stands; a plain name for a document by itself.
        resolve: Resolves the intrinsic functions of a statement.
        absent: What `resolve` gives for a statement that is left out.

    Raises:
        PolicyError: It is no policy document; every problem is listed.
    """
    where = Place("", place) if isinstance(place, str) else place
    if isinstance(document, str):
        document = _loaded(document, where)
    problems = []
    for element in sorted(document.keys() - _ELEMENTS):
        problems.append(Problem(f"a policy has no element {element!r}.", str(where), "Remove it."))
    version = document.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        remedy = f"Write {VERSION_WITH_VARIABLES}."
        problems.append(Problem(f"{version!r} is no version.", str(where), remedy))
    raw = document.get("Statement", [])
    single = isinstance(raw, dict)
    statements = []
    for index, each in enumerate([raw] if single else raw):
        at = where.at("Statement") if single else where.at("Statement", index)
        try:
            resolved = resolve(each)
            if resolved is absent and absent is not None:
                continue
            statements.append(
                parse_statement(resolved, at, takes_variables=version == VERSION_WITH_VARIABLES)
            )
        except PolicyError as error:
            problems += [
                Problem(one.what, one.where or str(at), one.remedy) for one in error.problems
            ]
    if problems:
        raise PolicyError(problems)
    return Policy(tuple(statements))


def _loaded(text: str, where: Place) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        what = f"this is not JSON: {error}."
        raise PolicyError(Problem(what, str(where), "Mend the document.")) from error
    if not isinstance(document, dict):
        raise PolicyError(Problem("this is no policy document.", str(where), "Write an object."))
    return document
