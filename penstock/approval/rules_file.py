"""`approvals.yaml`: the rules as a file, checked; every problem is told with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from penstock.approval.rules import DEFAULT_DAYS, Rules, Stage
from penstock.approval.signing.trust import TrustedKey
from penstock.approval.signing.verifying import is_key
from penstock.errors import Problem, RequestError, UseCaseError
from penstock.evidence.canonical import digest_of
from penstock.lines import Document, read_document

_NAME = r"^[a-z0-9](-*[a-z0-9]){0,62}$"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Stage(_Settings):
    name: str = Field(pattern=_NAME)
    approvers: int = Field(1, ge=1, le=2)
    author_may_approve: bool = False
    days: int | None = Field(DEFAULT_DAYS, ge=1, le=3650)
    who: list[str] = []
    after: str = ""


class _Key(_Settings):
    key: str
    valid_from: AwareDatetime | None = Field(None, strict=False)
    valid_until: AwareDatetime | None = Field(None, strict=False)
    names: list[str] = []


class _File(_Settings):
    stages: list[_Stage] = Field(min_length=1)
    keys: list[_Key] = []


_TIME = "be a time with its zone, such as 2026-01-01T00:00:00Z"
_WORDS = {
    "greater_than_equal": "be at least {ge}",
    "less_than_equal": "be at most {le}",
    "int_type": "be a whole number",
    "bool_type": "be true or false",
    "string_type": "be text",
    "list_type": "be a list",
    "model_type": "be a mapping of `key: value` lines",
    "too_short": "name at least one",
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
}
_KNOWN: Mapping[str, type[_Settings]] = {"stages": _Stage, "keys": _Key}


def load_rules(file: Path) -> Rules:
    """Read the rules of a project.

    Raises:
        RequestError: The file cannot be read, or is wrong; every problem is listed with its line.
    """
    try:
        content = file.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        what = f"the rules cannot be read: {error.strerror}."
        raise RequestError(Problem(what, str(file), "Check the path.")) from error
    except UnicodeDecodeError as error:
        what = "the file is not UTF-8 text."
        raise RequestError(Problem(what, str(file), "Save it as UTF-8.")) from error
    try:
        document = read_document(text, str(file))
    except UseCaseError as error:
        raise RequestError(error.problems) from None
    try:
        read = _File.model_validate(document.data)
    except ValidationError as error:
        found = [_problem(each, document) for each in error.errors()]
        raise RequestError(sorted(found, key=_line)) from None
    problems = list(_unfit(read, document))
    if problems:
        raise RequestError(problems)
    return Rules(
        stages=[Stage(**each.model_dump()) for each in read.stages],
        keys=[
            TrustedKey(each.key, _utc(each.valid_from), _utc(each.valid_until), each.names)
            for each in read.keys
        ],
        digest=digest_of(content),
        file=str(file),
    )


def _unfit(read: _File, document: Document) -> Iterator[Problem]:
    """Yield what is wrong between settings that are sound by themselves."""
    earlier: list[str] = []
    for index, stage in enumerate(read.stages):
        if stage.name in earlier:
            what = f"the stage {stage.name!r} stands here a second time."
            place = document.place(("stages", index, "name"))
            yield Problem(what, place, "Give it another name.")
        if stage.after and stage.after not in earlier:
            what = f"{stage.after!r} is no stage before {stage.name!r}."
            place = document.place(("stages", index, "after"))
            yield Problem(what, place, f"Use one of: {', '.join(earlier) or 'none'}.")
        if stage.who and len(set(stage.who)) < stage.approvers:
            what = f"{stage.name!r} asks for 2 approvers and names one."
            yield Problem(what, document.place(("stages", index, "who")), "Name another.")
        earlier.append(stage.name)
    for index, key in enumerate(read.keys):
        if not is_key(key.key):
            place = document.place(("keys", index, "key"))
            remedy = "Copy it from signing.pub: ed25519:..., or use ecdsa-p256:..."
            yield Problem(f"{key.key!r} is no public key.", place, remedy)
        if key.valid_from and key.valid_until and key.valid_until <= key.valid_from:
            place = document.place(("keys", index, "valid_until"))
            yield Problem("the key would end before it begins.", place, "Swap the two.")


def _problem(error: Mapping[str, Any], document: Document) -> Problem:
    location, kind = error["loc"], error["type"]
    place = document.place(location)
    name = next((str(part) for part in reversed(location) if isinstance(part, str)), "file")
    if kind == "extra_forbidden":
        holder = _KNOWN[str(location[0])] if len(location) > 1 else _File
        known = list(holder.model_fields)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        what = f"{name!r} is not a setting here."
        return Problem(what, place, f"{hint}Use one of: {', '.join(known)}.")
    if kind == "missing":
        return Problem(f"the setting {name!r} is missing.", place, f"Add `{name}: ...`.")
    if kind == "string_pattern_mismatch":
        what = f"{name} {error['input']!r} is no name for a stage."
        return Problem(what, place, "Use small letters, digits and dashes.")
    words = _WORDS.get(kind) or f"be right: {error['msg']}"
    words = words.format(**error.get("ctx", {}))
    return Problem(f"{name} must {words}, not {error['input']!r}.", place)


def _line(problem: Problem) -> int:
    return int(problem.where.rpartition(":")[2])


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
