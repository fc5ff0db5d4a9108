"""What a release holds: every file with its digest, the pipelines, the container images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from penstock.release.records import Name, Record, Sha256

FORMAT: Final = "penstock.release/1"
IMAGE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._/:-]{0,190}@sha256:[0-9a-f]{64}$"


class Project(Record):
    """The project that the release is of, as its lock file has it."""

    name: Name
    version: str


class PipelineEntry(Record):
    """A pipeline of the release.

    Attributes:
        name: Its own name, such as `fraud-training`.
        use_case: Such as `fraud`.
        pipeline: The folder that wires it, such as `training`.
        assets: Its code assets, by their paths below `CodeRoot`.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9](-*[A-Za-z0-9]){0,255}$")]
    use_case: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,128}$")]
    pipeline: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,128}$")]
    assets: list[Name]


class FileEntry(Record):
    """A file of the release: path, size in bytes, SHA-256."""

    path: Name
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Manifest(Record):
    """`manifest.json`.

    Attributes:
        format: Of the release.
        project: What it is of.
        images: Container images by digest that were built or chosen for it.
        pipelines: By name.
        files: Every file but the manifest and its seal, by path.
    """

    format: Literal["penstock.release/1"]
    project: Project
    images: list[Annotated[str, StringConstraints(pattern=IMAGE_PATTERN)]]
    pipelines: list[PipelineEntry]
    files: list[FileEntry]

    @property
    def by_path(self) -> Mapping[str, FileEntry]:
        """The files by path."""
        return {each.path: each for each in self.files}
