"""`console.yaml` and the environment: whom the console lets in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.errors import Problem, RequestError
from serving.console.settings import LOOPBACK, Provider

FILE = Path("console.yaml")
PREFIX = "PENSTOCK_CONSOLE_"
SECRET = f"{PREFIX}CLIENT_SECRET"


class ConsoleFile(BaseModel):
    """What `console.yaml` can say; each key also as `PENSTOCK_CONSOLE_<KEY>`, which counts more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = ""
    issuer: str = ""
    client_id: str = ""
    roles_claim: str = "roles"
    approvers: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("profile", "email")
    session_hours: float = Field(8.0, gt=0, le=24)
    idle_minutes: float = Field(60.0, gt=0, le=24 * 60)
    proxies: tuple[str, ...] = ()

    def provider(self, environment: Mapping[str, str]) -> Provider | None:
        """Return the identity provider; None where no issuer is named."""
        if not self.issuer:
            return None
        return Provider(
            self.issuer,
            self.client_id,
            environment.get(SECRET, ""),
            self.roles_claim,
            frozenset(self.approvers),
            frozenset(self.viewers),
            self.scopes,
        )


_LISTS = frozenset({"approvers", "viewers", "scopes", "proxies"})


def read_console_file(file: Path | None, environment: Mapping[str, str]) -> ConsoleFile:
    """Return the settings of a file, or of `console.yaml` if there is one, and the environment.

    Raises:
        RequestError: Settings are wrong or do not go together; every problem is listed.
    """
    where = str(file or FILE)
    given: dict[str, Any] = {}
    if file is not None or FILE.is_file():
        given = _mapping(file or FILE)
    if "client_secret" in given:
        raise RequestError(
            Problem(
                "a secret does not belong in a file.",
                f"{where}: client_secret",
                f"Remove it and set the variable {SECRET}.",
            )
        )
    for name in ConsoleFile.model_fields:
        text = environment.get(f"{PREFIX}{name.upper()}")
        if text:
            given[name] = [part.strip() for part in text.split(",")] if name in _LISTS else text
    try:
        settings = ConsoleFile.model_validate(given)
    except ValidationError as error:
        raise RequestError([_problem(each, where) for each in error.errors()]) from None
    problems = list(_misfits(settings, where))
    if problems:
        raise RequestError(problems)
    return settings


def _mapping(file: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = str(file) if line is None else f"{file}:{line + 1}"
        raise RequestError(Problem("this is no YAML.", where, "Mend the line.")) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise RequestError(Problem("the file holds no settings.", str(file), "Write KEY: VALUE."))
    return found


def _problem(error: Any, where: str) -> Problem:
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        known = ", ".join(ConsoleFile.model_fields)
        return Problem(f"there is no setting {key!r}.", where, f"Use one of: {known}.")
    message = str(error["msg"])
    return Problem(f"{message[:1].lower()}{message[1:]}.", f"{where}: {key}")


def _misfits(settings: ConsoleFile, where: str) -> list[Problem]:
    """Return what is missing or unsafe."""
    found = []
    if not settings.issuer:
        for name in ("client_id", "approvers", "viewers"):
            if getattr(settings, name):
                what = f"{name} says nothing without an issuer."
                found.append(Problem(what, f"{where}: {name}", "Set issuer, or remove it."))
        return found
    for name in ("client_id", "address"):
        if not getattr(settings, name):
            found.append(
                Problem(f"an identity provider needs {name}.", where, f"Set {name} beside issuer.")
            )
    if not settings.approvers:
        what = "nobody could approve: approvers names no value of the roles claim."
        found.append(Problem(what, where, f"List values of the claim {settings.roles_claim!r}."))
    for name in ("issuer", "address"):
        found += _unsafe(name, getattr(settings, name), where)
    return found


def _unsafe(name: str, address: str, where: str) -> list[Problem]:
    if not address:
        return []
    parts = urlsplit(address)
    place = f"{where}: {name}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [Problem(f"{address!r} is no web address.", place, "Write https://HOST.")]
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        what = f"{address} is not encrypted; cookies and tokens could be read on the way."
        return [Problem(what, place, "Use https.")]
    if name == "address" and (parts.path not in ("", "/") or parts.query):
        return [Problem("the console stands at the root of its host.", place, "Drop the path.")]
    return []
