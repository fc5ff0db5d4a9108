"""The promotion statement: what is promoted, of what release, who made it and who let it pass.

Its bytes are canonical JSON; the registrar in tooling writes and signs them, and every account that
runs the model reads them again. Files of a promotion are kept under the digest of their list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra.runtime.canonical import canonical_json, read_canonical, sha256
from infra.runtime.errors import Refused

FORMAT = "penstock.promotion/1"
MOST_BYTES = 1 << 20
"""Of a statement."""

STATEMENT, DIGEST, SIGNATURE = "promotion.statement", "promotion.digest", "promotion.signature"
RELEASE, AUTHOR = "release_digest", "author"
"""Properties of the central package that lead to the statement, and two of its facts."""

FOLDERS = ("model", "evidence", "metrics", "report")
_HEX = re.compile(r"[0-9a-f]{64}")
_TAGGED = re.compile(r"sha256:[0-9a-f]{64}")
_GROUP = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_PIPELINE = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,255}")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:\S+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_REMEDY = "Register the model again."


@dataclass(frozen=True, slots=True)
class File:
    """A file of a promotion.

    Attributes:
        path: Below the promotion's folder, such as `model/model.skops`.
        size: In bytes.
        sha256: 64 hexadecimal digits.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Who opened the gate before the central registry.

    Attributes:
        approved_by: ARN of who did.
        at: When, ISO 8601 in UTC.
        delivery: Id of the execution of the delivery pipeline.
    """

    approved_by: str
    at: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a promotion says of a model.

    Attributes:
        group: Model package group.
        source_package: ARN of the version in dev.
        source_execution: ARN of the execution that trained it.
        author: ARN of who started that.
        release: SHA-256 of the release, 64 hexadecimal digits.
        pipeline: Name of the training pipeline, such as `fraud-training`.
        model_digest: `sha256:<hex>`, the content digest of the files below `model/`.
        evidence_digest: `sha256:<hex>` of the bytes of `evidence/evidence.json`.
        files: All files, sorted by path.
        gate: Who let it pass.
    """

    group: str
    source_package: str
    source_execution: str
    author: str
    release: str
    pipeline: str
    model_digest: str
    evidence_digest: str
    files: tuple[File, ...]
    gate: Gate

    def to_bytes(self) -> bytes:
        """Return its one form."""
        return canonical_json({"format": FORMAT, **asdict(self)})

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, 64 hexadecimal digits: what is signed."""
        return sha256(self.to_bytes())

    @property
    def files_digest(self) -> str:
        """See `files_digest`."""
        return files_digest(self.files)


def read_statement(content: bytes, where: str) -> Statement:
    """Return the statement that bytes are.

    Args:
        content: Bytes that may be anything.
        where: Their place, for messages.

    Raises:
        Refused: They are no statement in its one form.
    """
    if len(content) > MOST_BYTES:
        raise _wrong(f"it has {len(content):,} bytes; at most {MOST_BYTES:,} are read", where)
    try:
        value = read_canonical(content)
    except ValueError as error:
        raise _wrong(str(error).rstrip("."), where) from None
    told = value.get("format") if isinstance(value, dict) else None
    if told != FORMAT:
        raise _wrong(f"its format is {told!r}, not {FORMAT!r}", where)
    facts = _fields(value, "it", _STATEMENT | {"format": None}, where)
    del facts["format"]
    gate = _fields(facts["gate"], "its gate", _GATE, where)
    if not facts["files"]:
        raise _wrong("it lists no files", where)
    files = [_fields(each, "a file of it", _FILE, where) for each in facts["files"]]
    paths = [str(each["path"]) for each in files]
    if paths != sorted(set(paths)):
        raise _wrong("its files are not sorted, or are listed twice", where)
    return Statement(
        **{**facts, "files": tuple(File(**each) for each in files), "gate": Gate(**gate)}
    )


def files_digest(files: Sequence[File]) -> str:
    """Return the SHA-256 of the list of a promotion's files, which names their folder."""
    return sha256(canonical_json([asdict(each) for each in files]))


def folder(central: str, group: str, digest: str) -> str:
    """Return where the files of a promotion are, without a slash at the end.

    Args:
        central: `s3://BUCKET` of the central registry.
        group: Model package group.
        digest: As `files_digest` gives it.
    """
    return f"{central}/promoted/{group}/{digest}"


def place(central: str, statement: Statement) -> str:
    """Return where a statement is."""
    below = folder(central, statement.group, statement.files_digest)
    return f"{below}/statement-{statement.digest}.json"


def model_below(below: str) -> str:
    """Return where the model of a promotion is, by the folder of its files."""
    return f"{below}/model/"


def evidence_beside(model: str) -> str:
    """Return where the evidence of a promoted model is; `model` is as `model_below` gives it."""
    return f"{model.removesuffix('model/')}evidence/"


def is_safe_path(path: str) -> bool:
    """Return whether a path is one of a promotion: below one of its folders, and nowhere else."""
    parts = path.split("/")
    return (
        len(parts) > 1
        and parts[0] in FOLDERS
        and set(parts).isdisjoint(("", ".", ".."))
        and path.isprintable()
        and "\\" not in path
        and len(path.encode()) <= 512
    )


def model_digest(files: Sequence[File]) -> str:
    """Return the content digest of the files below `model/`, as the registry takes it.

    SHA-256 over one line a file, sorted by path: path below `model/`, size, SHA-256, with NUL
    between them.
    """
    below = sorted(
        (each.path.removeprefix("model/"), each) for each in files if each.path[:6] == "model/"
    )
    lines = [f"{path}\0{each.size}\0{each.sha256}\n" for path, each in below]
    return f"sha256:{sha256(''.join(lines).encode())}"


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_Shape = Mapping[str, Callable[[Any], bool] | None]
_STATEMENT: dict[str, Callable[[Any], bool] | None] = {
    "group": _matches(_GROUP),
    "source_package": _matches(_ARN),
    "source_execution": _matches(_ARN),
    "author": _matches(_ARN),
    "release": _matches(_HEX),
    "pipeline": _matches(_PIPELINE),
    "model_digest": _matches(_TAGGED),
    "evidence_digest": _matches(_TAGGED),
    "files": lambda value: isinstance(value, list),
    "gate": None,
}
_GATE: _Shape = {
    "approved_by": _matches(_ARN),
    "at": _matches(_TIME),
    "delivery": lambda value: isinstance(value, str) and 0 < len(value) <= 100,
}
_FILE: _Shape = {
    "path": lambda value: isinstance(value, str) and is_safe_path(value),
    "size": lambda value: type(value) is int and value >= 0,
    "sha256": _matches(_HEX),
}


def _fields(value: Any, name: str, shape: _Shape, where: str) -> dict[str, Any]:
    """Return an object of exactly these fields, each of its form."""
    found = value if isinstance(value, dict) else {}
    if found.keys() != shape.keys():
        raise _wrong(f"{name} has not exactly the fields {', '.join(sorted(shape))}", where)
    for field, holds in shape.items():
        if holds is not None and not holds(found[field]):
            raise _wrong(f"the field {field!r} of {name} is not as it has to be", where)
    return dict(found)


def _wrong(what: str, where: str) -> Refused:
    return Refused(f"this is no promotion statement: {what}.", where, _REMEDY)
