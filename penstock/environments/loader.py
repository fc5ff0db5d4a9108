"""From `environments.yaml` to environments."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from penstock.environments.checks import check_fit
from penstock.environments.environment import named
from penstock.environments.environments import Environments
from penstock.environments.problems import problem_of
from penstock.environments.settings import EnvironmentsFile
from penstock.errors import Problem, RequestError, UseCaseError
from penstock.lines import Document, Location, read_document

ENVIRONMENTS_FILE = "environments.yaml"


def load_environments(path: Path | str | None = None) -> Environments:
    """Read the environments of a project.

    Args:
        path: The file; None: `environments.yaml` in the working directory.

    Raises:
        RequestError: The file cannot be read, or is wrong; every problem is listed with its line.
    """
    file = Path(path or ENVIRONMENTS_FILE)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RequestError(
            Problem(
                "there is no file of environments.",
                str(file),
                "Work in the project's root, or write the file: "
                "`pipeline schema environments` shows its keys.",
            )
        ) from error
    except UnicodeDecodeError as error:
        what = "the file is not UTF-8 text."
        raise RequestError(Problem(what, str(file), "Save it as UTF-8.")) from error
    except OSError as error:
        what = f"the environments cannot be read: {error.strerror}."
        raise RequestError(Problem(what, str(file), "Check the path.")) from error
    return parse_environments(text, str(file))


def parse_environments(text: str, file: str) -> Environments:
    """Validate the text of an `environments.yaml`.

    Args:
        text: Content of the file.
        file: Name of the file in messages.

    Raises:
        RequestError: With every problem and its line.
    """
    try:
        document = read_document(text, file)
    except UseCaseError as error:
        raise RequestError(error.problems) from None
    problems: list[Problem] = []
    locations: list[Location] = []
    try:
        settings = EnvironmentsFile.model_validate(document.data)
    except ValidationError as error:
        found = error.errors()
        problems += [problem_of(each, document) for each in found]
        locations += [each["loc"] for each in found]
        remaining = _without(document, locations)
        if remaining is None:
            raise RequestError(_in_order(problems)) from None
        settings = remaining
    wrong = {(str(each[1]), str(each[2])) for each in locations if len(each) > 2}
    for location, what, remedy in check_fit(settings.environments, wrong):
        problems.append(Problem(what, document.place(location), remedy))
    if problems:
        raise RequestError(_in_order(problems))
    return Environments(
        document, {name: named(name, each) for name, each in settings.environments.items()}
    )


def _without(document: Document, locations: Sequence[Location]) -> EnvironmentsFile | None:
    """Validate the file without its wrong settings, so that what remains can be checked too."""
    data: dict[str, Any] = copy.deepcopy(document.data)
    environments = data.get("environments")
    for location in locations:
        if len(location) < 2 or not isinstance(environments, dict):
            data = {key: value for key, value in data.items() if key == "environments"}
        elif len(location) == 2:
            environments.pop(location[1], None)
        elif isinstance(settings := environments.get(location[1]), dict):
            inner = settings.get(location[2])
            if len(location) > 3 and isinstance(inner, dict):
                inner.pop(location[3], None)
            else:
                settings.pop(location[2], None)
    try:
        return EnvironmentsFile.model_validate(data)
    except ValidationError:
        return None


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    def line(problem: Problem) -> int:
        number = problem.where.rpartition(":")[2]
        return int(number) if number.isdigit() else 0

    return sorted(problems, key=line)
