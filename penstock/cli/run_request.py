"""What `pipeline run` was asked to do, checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from penstock.cli.compile_cache import CompiledDefinition
from penstock.errors import Problem, RequestError

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of one call.

    Attributes:
        compiled: What `name` and `use_case` compile to, where that is known already.
    """

    name: str | None
    use_case: str
    definition: str | None
    from_ir: str | None
    source: str | None
    settings: tuple[str, ...]
    images: Mapping[str, str]
    resume: str | None
    from_step: str | None
    cache: bool
    artifacts: str | None
    registry: str | None
    quiet: bool
    json: bool = field(default=False)
    window: str | None = None
    as_of: str | None = None
    date: str | None = None
    model: str | None = None
    reference: str | None = None
    stage: str = "local"
    trial: bool = False
    reason: str = ""
    compiled: CompiledDefinition | None = None


def check_request(request: RunRequest) -> None:
    """Check that the options fit one another.

    Raises:
        RequestError: Every contradiction is listed.
    """
    problems = list(_contradictions(request))
    if problems:
        raise RequestError(problems)


def read_images(given: tuple[str, ...]) -> dict[str, str]:
    """Read texts of the form IMAGE=COMMAND.

    Raises:
        RequestError: A text has another form; every one is listed.
    """
    problems = [
        Problem(
            "an image is mapped in the form IMAGE=COMMAND.",
            f"--image {text}",
            "Such as --image registry/tool:1=python3.",
        )
        for text in given
        if not all(text.partition("="))
    ]
    if problems:
        raise RequestError(problems)
    return {text.partition("=")[0]: text.partition("=")[2] for text in given}


def absolute_source(source: str) -> str:
    """Return the source as jobs in another folder find it.

    Raises:
        RequestError: It is a path, and nothing is there.
    """
    if "://" in source:
        return source
    path = Path(source).absolute()
    if not any(sign in source for sign in "*?[") and not path.exists():
        raise RequestError(
            Problem("there is no such file or folder.", f"--source {source}", "Check the path.")
        )
    return str(path)


def artifact_root(given: str) -> str:
    """Return the URI below which artifacts go.

    Raises:
        RequestError: It is in no store that a run can write to.
    """
    if given.startswith(("file:///", "s3://")) and len(given.rstrip("/")) > len("s3://"):
        return given.rstrip("/")
    raise RequestError(
        Problem(
            f"{given!r} names no store.",
            "--artifacts",
            "Give file:///FOLDER or s3://BUCKET/FOLDER.",
        )
    )


def _contradictions(request: RunRequest) -> Iterator[Problem]:
    see = "See: pipeline run --help"
    given = [
        text
        for text, value in (
            ("a name", request.name),
            ("--definition", request.definition),
            ("--from-ir", request.from_ir),
            ("--resume", request.resume),
        )
        if value is not None
    ]
    if not given:
        yield Problem(
            "say what to run: a name such as `training`, --definition FILE, --from-ir FILE or "
            "--resume.",
            "",
            see,
        )
    elif len(given) > 1:
        yield Problem(f"{' and '.join(given)} exclude each other.", "", see)
    if request.reference is not None and request.from_step is None:
        yield Problem("--reference names the run that steps before --from-step come from.", "", see)
    if request.name is None:
        for option, asked in (
            ("--window", request.window),
            ("--as-of", request.as_of),
            ("--date", request.date),
            ("--model", request.model),
        ):
            if asked is not None and request.resume is None:
                yield Problem(f"{option} is for a pipeline of the project.", "", "Use --set.")
    if request.resume is not None:
        for option, value in (
            ("--set", request.settings),
            ("--source", request.source),
            ("--artifacts", request.artifacts),
            ("--registry", request.registry),
            ("--from-step", request.from_step),
            ("--window", request.window),
            ("--as-of", request.as_of),
            ("--date", request.date),
            ("--model", request.model),
        ):
            if value:
                yield Problem(
                    f"a resumed run keeps its parameters: {option} cannot change them.",
                    "",
                    "Start a new run; steps whose inputs are the same come from the cache.",
                )
