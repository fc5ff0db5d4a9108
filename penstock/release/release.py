"""A release whose every byte was verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from penstock.errors import Problem, RequestError
from penstock.release import layout
from penstock.release.manifest import Manifest, PipelineEntry
from penstock.release.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Release:
    """What a release holds; `open_release` makes one.

    Attributes:
        digest: SHA-256 of the archive, 64 hexadecimal digits.
        manifest: What is in it.
        provenance: What it was built of.
        files: Every file by path.
        where: Where it was read, for messages.
    """

    digest: str
    manifest: Manifest
    provenance: Provenance
    files: Mapping[str, bytes]
    where: str = ""

    @property
    def commit(self) -> str:
        """The commit of git that it was built of."""
        return self.provenance.commit

    @property
    def commit_time(self) -> datetime:
        """When that was committed, in UTC."""
        return self.provenance.committed_at

    @property
    def dirty(self) -> bool:
        """Whether it holds what no commit names."""
        return self.provenance.dirty

    @property
    def images(self) -> tuple[str, ...]:
        """Container images by digest."""
        return tuple(self.manifest.images)

    @property
    def pipelines(self) -> tuple[str, ...]:
        """Names of its pipelines, such as `fraud-training`."""
        return tuple(each.name for each in self.manifest.pipelines)

    def definition(self, pipeline: str) -> str:
        """Return the definition for SageMaker.

        Raises:
            RequestError: The release has no such pipeline.
        """
        return self.files[layout.sagemaker_path(self._entry(pipeline).name)].decode()

    def kubeflow(self, pipeline: str) -> str:
        """Return the definition for Kubeflow; see `definition`."""
        return self.files[layout.kubeflow_path(self._entry(pipeline).name)].decode()

    def assets(self, pipeline: str) -> Mapping[str, bytes]:
        """Return the code assets by their paths below `CodeRoot`; see `definition`."""
        return {key: self.files[layout.asset_path(key)] for key in self._entry(pipeline).assets}

    def _entry(self, pipeline: str) -> PipelineEntry:
        for each in self.manifest.pipelines:
            if each.name == pipeline:
                return each
        remedy = f"Use one of: {', '.join(self.pipelines)}."
        raise RequestError(
            Problem(f"the release has no pipeline {pipeline!r}.", self.where, remedy)
        )
