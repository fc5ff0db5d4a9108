"""From what was compiled and collected to the bytes of a release."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from penstock.release import layout
from penstock.release.manifest import FORMAT, FileEntry, Manifest, PipelineEntry, Project
from penstock.release.packing import pack
from penstock.release.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pipeline for both targets.

    Attributes:
        name: Its own name, such as `fraud-training`.
        use_case: Such as `fraud`.
        pipeline: The folder that wires it, such as `training`.
        sagemaker: Its definition for SageMaker.
        kubeflow: Its definition for Kubeflow.
        assets: Its code assets, by their paths below `CodeRoot`.
    """

    name: str
    use_case: str
    pipeline: str
    sagemaker: str
    kubeflow: str
    assets: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that a release is made of.

    Attributes:
        project: Name of the project.
        version: Its version.
        provenance: What it was built of.
        bill_of_materials: CycloneDX JSON.
        pipelines: Of all use cases.
        use_cases: Files by their paths in the project, `use_cases/…`.
        templates: CloudFormation templates by their paths below `templates/`.
        images: Container images by digest, NAME@sha256:HEX.
    """

    project: str
    version: str
    provenance: Provenance
    bill_of_materials: bytes
    pipelines: Sequence[Compiled]
    use_cases: Mapping[str, bytes]
    templates: Mapping[str, bytes] = field(default_factory=dict)
    images: Sequence[str] = ()


def build_release(contents: Contents) -> bytes:
    """Return the archive; equal contents give equal bytes.

    Raises:
        DataError: A path has no place in an archive, or a limit is passed; every one is told.
    """
    files: dict[str, bytes] = {
        layout.BILL_OF_MATERIALS: contents.bill_of_materials,
        layout.PROVENANCE: contents.provenance.to_bytes(),
        **contents.use_cases,
        **{f"{layout.TEMPLATES}{path}": each for path, each in contents.templates.items()},
    }
    for each in contents.pipelines:
        files[layout.sagemaker_path(each.name)] = each.sagemaker.encode()
        files[layout.kubeflow_path(each.name)] = each.kubeflow.encode()
        files.update({layout.asset_path(key): asset for key, asset in each.assets.items()})
    manifest = Manifest(
        format=FORMAT,
        project=Project(name=contents.project, version=contents.version),
        images=sorted(set(contents.images)),
        pipelines=[
            PipelineEntry(
                name=each.name,
                use_case=each.use_case,
                pipeline=each.pipeline,
                assets=sorted(each.assets),
            )
            for each in sorted(contents.pipelines, key=lambda each: each.name)
        ],
        files=[
            FileEntry(path=path, size=len(content), sha256=sha256(content))
            for path, content in sorted(files.items())
        ],
    ).to_bytes()
    return pack({**files, layout.MANIFEST: manifest, layout.SEAL: seal(manifest)})


def seal(manifest: bytes) -> bytes:
    """Return the file that holds the manifest's digest, as `sha256sum` writes and checks it."""
    return f"{sha256(manifest)}  {layout.MANIFEST}\n".encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
