"""The parameters of an execution that a delivery starts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from infra.runtime.errors import Refused
from infra.runtime.release_archive import Release
from infra.runtime.training.settings import Settings

_LONGEST_VALUE = 1024
"""Botocore 1.44.5, StartPipelineExecution."""


def start_parameters(
    settings: Settings,
    settled: Mapping[str, str],
    release: Release,
    pipeline: str,
    author: str,
) -> Mapping[str, str]:
    """Return what an execution is given: what the definition declares of what is known.

    Its evidence tells who started it, of which commit and of which definition.

    Args:
        settings: Of the function.
        settled: Source and champion; an empty value is left to the definition.
        release: That is delivered.
        pipeline: Name of the training pipeline.
        author: Who started the delivery.

    Raises:
        Refused: The definition has a parameter without a default that nobody gives, or a value is
            longer than the service takes; all of it is told.
    """
    declared = json.loads(release.definition(pipeline)).get("Parameters") or []
    known = {
        **settings.parameters,
        **settled,
        "started_by": author,
        "reason": f"release {release.digest[:12]}",
        "code": _commit(release),
        "definition": f"sha256:{release.body(pipeline)}",
    }
    names = {str(each["Name"]): each for each in declared}
    given = {name: value for name, value in known.items() if name in names and value}
    missing = sorted(
        name for name, each in names.items() if name not in given and "DefaultValue" not in each
    )
    long = sorted(name for name, value in given.items() if len(value) > _LONGEST_VALUE)
    problems = [f"nobody gives {', '.join(missing)}"] if missing else []
    problems += [f"more than {_LONGEST_VALUE} signs are given as {', '.join(long)}"] if long else []
    if problems:
        raise Refused(
            f"the pipeline {pipeline} cannot be started: {'; '.join(problems)}.",
            release.where,
            "Give the parameter a default, or set it in PENSTOCK_PARAMETERS.",
        )
    return given


def _commit(release: Release) -> str:
    try:
        told = json.loads(release.files.get("provenance.json", b"{}"))
        commit = str(told.get("commit") or "")
        return f"{commit} dirty" if commit and told.get("dirty") else commit
    except (ValueError, AttributeError):
        return ""
