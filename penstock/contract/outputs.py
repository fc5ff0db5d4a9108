"""Where a component's body finds the artifacts that it is to write.

The engine places one artifact per declared output before it calls the body. Outside of any engine
(a test, a notebook) `outputs_in(folder)` does the same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar, cast

from penstock.contract.artifacts import Artifact

A = TypeVar("A", bound=Artifact)

_placed: ContextVar[Mapping[str, Artifact] | None] = ContextVar("placed_outputs", default=None)
_folder: ContextVar[Path | None] = ContextVar("outputs_folder", default=None)


def output(kind: type[A], name: str) -> A:
    """Return the artifact to write for the output called `name`.

    Its parent folder exists; the path itself does not: write a file or make a folder there.

    Raises:
        LookupError: No engine placed outputs, or the component declares no output of that name.
    """
    placed = _placed.get()
    if placed is not None:
        if name not in placed:
            known = ", ".join(sorted(placed)) or "none"
            raise LookupError(f"this component declares no output {name!r}. It declares: {known}.")
        return cast(A, placed[name])
    folder = _folder.get()
    if folder is None:
        raise LookupError(
            f"output {name!r} has no place. Outside of a pipeline call the component "
            "within `with outputs_in(folder):`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    artifact = kind()
    artifact.name, artifact.uri = name, str(folder / name)
    return artifact


@contextmanager
def outputs_in(folder: Path | str) -> Iterator[Path]:
    """Let components called in this block write each output to `folder/<output name>`."""
    token = _folder.set(Path(folder))
    try:
        yield Path(folder)
    finally:
        _folder.reset(token)


@contextmanager
def placed_outputs(artifacts: Mapping[str, Artifact]) -> Iterator[None]:
    """Let the component called in this block find the artifacts that the engine placed."""
    token = _placed.set(artifacts)
    try:
        yield
    finally:
        _placed.reset(token)


_checkpoints: ContextVar[Path | None] = ContextVar("checkpoint_folder", default=None)


def checkpoint_folder() -> Path | None:
    """Return the folder that survives an interrupted job, or None where the target keeps none."""
    return _checkpoints.get()


@contextmanager
def checkpoints_in(folder: Path | None) -> Iterator[None]:
    """Let the component called in this block keep its checkpoints in `folder`."""
    token = _checkpoints.set(folder)
    try:
        yield
    finally:
        _checkpoints.reset(token)
