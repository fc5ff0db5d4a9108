"""Files of a candidate: all of them, and nothing unsafe."""

import io
import tarfile

import pytest
from candidates import (
    MODEL,
    model_archive,
    ready,
)
from registering import refused, registered
from tooling_world import (
    CENTRAL,
    MODELS,
    World,
)


def test_an_evidence_folder_without_its_document_is_refused(world: World) -> None:
    made = ready(world, native=True)
    world.client("s3").delete_object(Bucket=MODELS, Key="run/abc/evidence/data/evidence.json")
    assert refused(world, made) == (
        f"s3://{MODELS}/run/abc/evidence/data: its evidence pack has no evidence.json. Register "
        "the candidate with its evidence."
    )


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"no archive", "the model cannot be unpacked: file could not be opened successfully"),
        (model_archive({"m": b"x" * 9000})[:60], "the model cannot be unpacked: "),
        (model_archive({}, member("../x")), "the model cannot be unpacked: '../x' would be "),
        (
            model_archive({}, member("l", tarfile.SYMTYPE, "/etc/passwd")),
            "the model cannot be unpacked: 'l' is a link to an absolute path",
        ),
        (
            model_archive({"m": b""}, member("l", tarfile.SYMTYPE, "m")),
            "its member 'l' is no plain file.",
        ),
        (
            model_archive({}, member("d", tarfile.CHRTYPE)),
            "the model cannot be unpacked: 'd' is a special file",
        ),
        (model_archive({"artifact.json": b""}), "the archive holds no model."),
        (model_archive({"m": b"1", "./m": b"2"}), "two of its files have one path."),
        (model_archive({"a\nb": b"1"}), r"'model/a\nb' is no path of a file of a promotion."),
    ],
    ids=["no", "cut", "outside", "linked", "link", "device", "empty", "twice", "name"],
)
def test_an_unsafe_or_damaged_archive_is_refused(world: World, content: bytes, what: str) -> None:
    made = ready(world, native=True)
    world.put(f"s3://{MODELS}/run/abc/train/output/model.tar.gz", content)
    text = refused(world, made)
    assert what in text
    assert text.endswith("Train again, and deliver that model.")
    assert not world.objects(CENTRAL)


def test_more_files_or_bytes_than_are_promoted_are_refused_before_they_are_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ready(world)
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_FILES", 1)
    assert refused(world, made).endswith(
        "/model/: it has more than 1 files. Leave out what the model does not need."
    )
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_FILES", 1000)
    monkeypatch.setattr("infra.runtime.registrar.source_files.MOST_BYTES", 4)
    assert refused(world, made).endswith(
        "/model/: it has more than 4 bytes. Leave out what the model does not need."
    )


def test_an_archive_that_is_not_compressed_is_unpacked_too(world: World) -> None:
    made = ready(world, native=True)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, content in MODEL.items():
            each = tarfile.TarInfo(f"./{path}")
            each.size = len(content)
            archive.addfile(each, io.BytesIO(content))
    world.put(f"s3://{MODELS}/run/abc/train/output/model.tar.gz", target.getvalue())
    assert registered(world, made)["outputVariables"]["version"] == "1"
