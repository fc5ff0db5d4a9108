"""A model reaches its reader as a folder, whatever form it came in."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

CONTENT = {"model.json": json.dumps({"words": ["a", "b"]}), "trees.ubj": "x"}
DESCRIPTION = {"name": "model", "schema_title": "system.Model", "metadata": {}}
WEIGH = ("processing", "--component", "parts/steps.py:weigh", "--returns", "output:integer")


def write_folder(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def write_archive(file: Path, files: dict[str, str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as content:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            content.addfile(member, io.BytesIO(text.encode()))
    return file


FORMS = {
    "folder": lambda place: write_folder(place, CONTENT),
    "archive": lambda place: write_archive(place / "model.tar.gz", CONTENT),
    "archive of a training job": lambda place: write_archive(
        place / "model.tar.gz",
        {**CONTENT, "artifact.json": json.dumps({**DESCRIPTION, "payload": "."})},
    ),
    "unpacked archive of a training job": lambda place: write_folder(
        place, {**CONTENT, "artifact.json": json.dumps({**DESCRIPTION, "payload": "."})}
    ),
    "artifact of a processing job": lambda place: write_folder(
        place,
        {
            "artifact.json": json.dumps({**DESCRIPTION, "payload": "data"}),
            **{f"data/{name}": text for name, text in CONTENT.items()},
        },
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_mounted_model_is_an_unpacked_folder(job: Any, form: str) -> None:
    FORMS[form](job.root / "processing/input/model")
    assert job.run(*WEIGH, "--artifact", "model:system.Model=model") == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"output": 2}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scheme", ["file://", ""])
def test_an_imported_model_is_an_unpacked_folder(
    job: Any, tmp_path: Path, form: str, scheme: str
) -> None:
    place = FORMS[form](tmp_path / "kept")
    before = sorted((tmp_path / "kept").rglob("*"))
    words = ("--imported", "model:system.Model", "--string", f"model#uri={scheme}{place}")
    assert job.run(*WEIGH, *words) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"output": 2}
    assert sorted((tmp_path / "kept").rglob("*")) == before


def test_a_damaged_archive_of_a_model_is_told(job: Any) -> None:
    file = job.put("processing/input/model/model.tar.gz", "no archive")
    assert job.run(*WEIGH, "--artifact", "model:system.Model=model") == (
        1,
        "model.tar.gz is no archive, or a damaged one.\n",
    )
    assert file.exists()


def test_a_truncated_archive_of_a_model_is_told(job: Any) -> None:
    file = write_archive(job.root / "processing/input/model/model.tar.gz", CONTENT)
    file.write_bytes(file.read_bytes()[:60])
    assert job.run(*WEIGH, "--artifact", "model:system.Model=model") == (
        1,
        "model.tar.gz is no archive, or a damaged one.\n",
    )


def test_a_model_that_is_no_archive_is_told(job: Any, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_text("x")
    words = ("--imported", "model:system.Model", "--string", f"model#uri={tmp_path}/model.bin")
    assert job.run(*WEIGH, *words) == (
        1,
        f"`{tmp_path}/model.bin` is neither a folder nor an archive of a model.\n",
    )
