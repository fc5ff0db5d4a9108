"""What the project as a whole asks of its definitions: `[tool.penstock]` of `pyproject.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock.errors import Problem, RequestError

_IN_NETWORK = "jobs-in-network"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The settings.

    Attributes:
        jobs_in_network: Whether every job runs in the network of its environment.
    """

    jobs_in_network: bool = False


def project_settings(folder: Path) -> ProjectSettings:
    """Read the settings of a project; an installation without `pyproject.toml` has none.

    Args:
        folder: Of the project.

    Raises:
        RequestError: The file is no TOML, or a setting is unknown or wrong; each is listed.
    """
    import tomllib

    path = folder / "pyproject.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("penstock", {})
    except FileNotFoundError:
        return ProjectSettings()
    except (ValueError, AttributeError) as error:
        what = f"this is no TOML: {error}."
        raise RequestError(Problem(what, str(path), "Mend the file.")) from error
    if not isinstance(found, dict):
        what = "[tool.penstock] is no table."
        raise RequestError(Problem(what, str(path), f"Write `{_IN_NETWORK} = true` below it."))
    problems = [
        Problem(f"[tool.penstock] has no setting {name!r}.", str(path), f"Use {_IN_NETWORK}.")
        for name in found
        if name != _IN_NETWORK
    ]
    in_network = found.get(_IN_NETWORK, False)
    if not isinstance(in_network, bool):
        what = f"{_IN_NETWORK} of [tool.penstock] is {in_network!r}, neither true nor false."
        problems.append(Problem(what, str(path), "Write true or false."))
    if problems:
        raise RequestError(problems)
    return ProjectSettings(bool(in_network))
