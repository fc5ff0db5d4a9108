"""Recognises a file by its content and collects its problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError, Problem

USE_CASE_FILE = "use_case.yaml"
ENVIRONMENTS_FILE = "environments.yaml"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, what it was taken for, everything wrong with it, and what may be meant."""

    path: str
    kind: str
    problems: Sequence[Problem]
    warnings: Sequence[Problem] = ()


Found = tuple[Sequence[Problem], Sequence[Problem]]
"""What is wrong, and what may be meant."""


def check_path(path: str) -> Iterator[Checked]:
    """Check a file, or every use case below a folder."""
    place = Path(path)
    if place.is_dir():
        files = sorted(place.rglob(USE_CASE_FILE))
        if not files:
            yield Checked(
                path,
                "folder",
                [
                    Problem(
                        f"no {USE_CASE_FILE} is in this folder or below it.",
                        path,
                        "Name the folder of a use case, or the file itself.",
                    )
                ],
            )
        for file in files:
            yield check_file(file)
    else:
        yield check_file(place)


def check_file(path: Path) -> Checked:
    """Check one file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problem = Problem("there is no such file.", str(path), "Check the path.")
        return Checked(str(path), "nothing", [problem])
    except UnicodeDecodeError:
        problem = Problem("the file is not text in UTF-8.", str(path), "Check the path.")
        return Checked(str(path), "unknown", [problem])
    except OSError as error:
        from penstock.cli.boundary import system_problem

        return Checked(str(path), "unknown", [system_problem(error)])
    kind = recognise(text, path.name)
    try:
        return Checked(str(path), kind, *_CHECKS[kind](text, path))
    except PenstockError as error:
        return Checked(str(path), kind, error.problems)


def recognise(text: str, name: str = "") -> str:
    """Return what a text is: a key of the checks below."""
    import yaml

    try:
        document: Any = next(iter(yaml.load_all(text, Loader=yaml.CSafeLoader)), None)
    except yaml.YAMLError:
        if name.endswith(".json"):
            return "SageMaker definition"
        return _BY_NAME.get(name, "unreadable")
    if not isinstance(document, dict):
        return _BY_NAME.get(name, "unknown")
    keys = set(document)
    if "Steps" in keys or ("Version" in keys and "Parameters" in keys):
        return "SageMaker definition"
    if keys & {"pipelineInfo", "deploymentSpec", "sdkVersion", "pipelineSpec", "schemaVersion"}:
        return "IR"
    if name == ENVIRONMENTS_FILE or "environments" in keys:
        return "environments"
    if name == USE_CASE_FILE or keys & {"target", "candidates", "features", "task", "gates"}:
        return "use case"
    return "unknown"


def _check_use_case(_: str, path: Path) -> Found:
    from penstock.use_case import load_use_case

    load_use_case(str(path))
    return (), ()


def _check_environments(text: str, path: Path) -> Found:
    from penstock.approval.ledger.aws_address import read_aws_address
    from penstock.environments import parse_environments
    from penstock.registry.opening import check_address

    environments = parse_environments(text, str(path))
    problems: list[Problem] = []
    for each in environments:
        for setting, check in (("registry", check_address), ("ledger", read_aws_address)):
            address = getattr(each, setting)
            if not address or (setting == "ledger" and address.startswith("sqlite:")):
                continue
            try:
                check(address)
            except PenstockError as error:
                place = environments.place(each.name, setting)
                problems += [replace(found, where=place) for found in error.problems]
    return problems, ()


def _check_ir(text: str, path: Path) -> Found:
    from penstock.cli.project_pipelines import project_folder
    from penstock.cli.project_settings import project_settings
    from penstock.ir import read_ir
    from penstock.targets.sagemaker.lowering import lower
    from penstock.targets.sagemaker.validation import check_definition, errors_of, warnings_of

    in_network = project_settings(project_folder()).jobs_in_network
    lowered = lower(read_ir(text, str(path)), source=str(path), in_network=in_network)
    findings = check_definition(lowered.definition, f"{path}, lowered")
    return errors_of(findings), [*lowered.notes, *warnings_of(findings)]


def _check_sagemaker(text: str, path: Path) -> Found:
    from penstock.targets.sagemaker.validation import (
        check_definition_text,
        errors_of,
        warnings_of,
    )

    findings = check_definition_text(text, str(path))
    return errors_of(findings), warnings_of(findings)


def _unknown(_: str, path: Path) -> Found:
    problem = Problem(
        "this is no use case, no file of environments, no IR and no SageMaker definition.",
        str(path),
        "A use case has `target` and `task`, a file of environments `environments`, an IR "
        "`pipelineInfo`, a definition `Steps`.",
    )
    return (problem,), ()


def _unreadable(text: str, path: Path) -> Found:
    import yaml

    try:
        list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"this is neither YAML nor JSON: {error.problem}."
        return (Problem(what, f"{path}:{line}", "Mend the line."),), ()
    except yaml.YAMLError as error:
        what = f"this is neither YAML nor JSON: {str(error).splitlines()[0]}."
        return (Problem(what, str(path), "Mend it."),), ()
    return _unknown(text, path)


_BY_NAME = {USE_CASE_FILE: "use case", ENVIRONMENTS_FILE: "environments"}
_CHECKS: Mapping[str, Callable[[str, Path], Found]] = {
    "use case": _check_use_case,
    "environments": _check_environments,
    "IR": _check_ir,
    "SageMaker definition": _check_sagemaker,
    "unknown": _unknown,
    "unreadable": _unreadable,
}
