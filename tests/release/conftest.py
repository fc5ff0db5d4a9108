"""A release of one pipeline with code assets, small enough to be verified hundreds of times."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from kfp import compiler, dsl

from penstock.cli.compilation import lower_text
from penstock.evidence.canonical import canonical_json
from penstock.release import Compiled, Contents, build_release
from penstock.release.bill_of_materials import bill_of_materials
from penstock.release.building import seal, sha256
from penstock.release.packing import pack
from penstock.release.provenance import FORMAT, Builder, Lock, Provenance
from penstock.release.unpacking import unpack
from penstock.use_case import load_use_case

PROJECT = Path(__file__).parents[2]

LOCK = b"""
[[package]]
name = "acme-models"
version = "1.2.0"
source = { editable = "." }
dependencies = [{ name = "penstock" }]

[[package]]
name = "penstock"
version = "0.1.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.example/penstock-0.1.0.tar.gz", hash = "sha256:00" }
"""


@dsl.component(base_image="python:3.11-slim")
def count(use_case: str) -> int:
    return len(use_case)


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    reference = load_use_case("wine").reference

    @dsl.pipeline(name="wine-training")
    def training() -> None:
        count(use_case=reference)

    file = tmp_path_factory.mktemp("ir") / "training.yaml"
    compiler.Compiler().compile(training, str(file))
    text = file.read_text()
    lowered = lower_text(text, "training")
    assets = dict(lowered.assets)
    assert assets
    folder = PROJECT / "use_cases" / "wine"
    return Contents(
        project="acme-models",
        version="1.2.0",
        provenance=Provenance(
            format=FORMAT,
            commit="0123456789abcdef0123456789abcdef01234567",
            commit_time="2026-11-21T13:00:00Z",
            dirty=False,
            changed=[],
            builder=Builder(name="penstock", version="0.1.0"),
            lock=Lock(path="uv.lock", sha256="0" * 64),
        ),
        bill_of_materials=bill_of_materials(LOCK, "uv.lock"),
        pipelines=[
            Compiled("wine-training", "wine", "training", lowered.definition_json, text, assets)
        ],
        use_cases={
            "use_cases/wine/use_case.yaml": (folder / "use_case.yaml").read_bytes(),
            "use_cases/wine/generator.py": (folder / "generator.py").read_bytes(),
        },
        templates={"pipeline/stack.template.json": b"{}"},
        images=["111111111111.dkr.ecr.eu-west-1.amazonaws.com/penstock@sha256:" + "a" * 64],
    )


@pytest.fixture(scope="session")
def archive(contents: Contents) -> bytes:
    return build_release(contents)


Forge = Callable[..., bytes]


@pytest.fixture(scope="session")
def forge(archive: bytes) -> Forge:
    """Make an archive whose digests hold, of other files or another manifest than it had."""

    def forged(
        files: Mapping[str, bytes | None] | None = None,
        manifest: Callable[[Any], None] = lambda _: None,
    ) -> bytes:
        there = {**unpack(archive, "").files, **(files or {})}
        kept = {path: content for path, content in there.items() if content is not None}
        document = json.loads(kept.pop("manifest.json"))
        del kept["manifest.sha256"]
        document["files"] = [
            {"path": path, "size": len(content), "sha256": sha256(content)}
            for path, content in sorted(kept.items())
        ]
        manifest(document)
        text = canonical_json(document)
        return pack({**kept, "manifest.json": text, "manifest.sha256": seal(text)})

    return forged
