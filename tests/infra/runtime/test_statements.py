"""The promotion statement: one form, strictly read, and found by its digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.runtime.canonical import canonical_json
from infra.runtime.errors import Refused
from infra.runtime.statements import (
    File,
    Gate,
    Statement,
    files_digest,
    folder,
    is_safe_path,
    model_digest,
    place,
    read_statement,
)
from penstock.data.digest import content_digest

WHERE = "s3://central/statement.json"
FILES = (
    File("evidence/evidence.json", 20, "a" * 64),
    File("model/deep/schema.json", 2, "b" * 64),
    File("model/model.skops", 7, "c" * 64),
)
STATEMENT = Statement(
    group="fraud",
    source_package="arn:aws:sagemaker:eu-west-1:111111111111:model-package/fraud/3",
    source_execution="arn:aws:sagemaker:eu-west-1:111111111111:pipeline/fraud-training/execution/"
    "abcdefghijkl",
    author="arn:aws:sts::444444444444:assumed-role/penstock-ci/ann",
    release="d" * 64,
    pipeline="fraud-training",
    model_digest=f"sha256:{'e' * 64}",
    evidence_digest=f"sha256:{'f' * 64}",
    files=FILES,
    gate=Gate("arn:aws:iam::444444444444:user/ben", "2026-11-21T10:00:00Z", "id-1"),
)


def changed(*path: str | int, to: Any) -> bytes:
    """Return the bytes of a statement that says something else somewhere."""
    value = json.loads(STATEMENT.to_bytes())
    inner = value
    for each in path[:-1]:
        inner = inner[each]
    inner[path[-1]] = to
    return canonical_json(value)


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read_statement(content, WHERE)
    return str(caught.value)


def test_a_statement_is_read_as_it_was_written() -> None:
    assert read_statement(STATEMENT.to_bytes(), WHERE) == STATEMENT


def test_its_form_is_canonical_json() -> None:
    content = STATEMENT.to_bytes()
    value = json.loads(content)
    assert value["format"] == "penstock.promotion/1"
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content == text.encode()
    assert STATEMENT.digest == hashlib.sha256(content).hexdigest()


def test_it_lies_under_the_digest_of_its_files() -> None:
    listed = [{"path": each.path, "sha256": each.sha256, "size": each.size} for each in FILES]
    text = json.dumps(listed, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert STATEMENT.files_digest == files_digest(FILES) == digest
    assert folder("s3://central", "fraud", digest) == f"s3://central/promoted/fraud/{digest}"
    assert place("s3://central", STATEMENT) == (
        f"s3://central/promoted/fraud/{digest}/statement-{STATEMENT.digest}.json"
    )


def test_every_flipped_bit_changes_the_digest_or_is_refused() -> None:
    content = STATEMENT.to_bytes()
    for at in range(len(content)):
        other = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            digest = read_statement(other, WHERE).digest
        except Refused:
            digest = ""
        assert digest != STATEMENT.digest


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_sentence(content: bytes) -> None:
    assert refusal(content).endswith("Register the model again.")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000, "1", "null", '"x"', "[]", "{}"])
def test_other_json_is_refused_with_a_sentence(text: str) -> None:
    assert refusal(text.encode()).startswith(f"{WHERE}: this is no promotion statement: ")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (STATEMENT.to_bytes() + b"\n", "it is not in its canonical form"),
        (
            STATEMENT.to_bytes().replace(b'{"author"', b'{"author":"x","author"', 1),
            "it is not in its canonical form",
        ),
        (changed("format", to="other/1"), "its format is 'other/1', not 'penstock.promotion/1'"),
        (
            changed("more", to=1),
            "it has not exactly the fields author, evidence_digest, files, format, gate, group, "
            "model_digest, pipeline, release, source_execution, source_package",
        ),
        (
            changed("gate", to={}),
            "its gate has not exactly the fields approved_by, at, delivery",
        ),
        (changed("gate", "at", to="noon"), "the field 'at' of its gate is not as it has to be"),
        (changed("author", to="ann"), "the field 'author' of it is not as it has to be"),
        (changed("release", to="D" * 64), "the field 'release' of it is not as it has to be"),
        (changed("group", to="../x"), "the field 'group' of it is not as it has to be"),
        (changed("files", to={}), "the field 'files' of it is not as it has to be"),
        (changed("files", to=[]), "it lists no files"),
        (changed("files", 0, to=1), "a file of it has not exactly the fields path, sha256, size"),
        (
            changed("files", 0, "path", to="model/../x"),
            "the field 'path' of a file of it is not as it has to be",
        ),
        (
            changed("files", 0, "size", to=True),
            "the field 'size' of a file of it is not as it has to be",
        ),
        (
            changed("files", 0, "size", to=-1),
            "the field 'size' of a file of it is not as it has to be",
        ),
        (
            changed("files", 0, "path", to="model/z"),
            "its files are not sorted, or are listed twice",
        ),
        (
            changed("files", 1, "path", to="model/model.skops"),
            "its files are not sorted, or are listed twice",
        ),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b" " * (1 << 20) + b" ", "it has 1,048,577 bytes; at most 1,048,576 are read"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_reason(content: bytes, what: str) -> None:
    assert refusal(content) == (
        f"{WHERE}: this is no promotion statement: {what}. Register the model again."
    )


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("model/m", True),
        ("evidence/deep/é.json", True),
        ("model", False),
        ("model/", False),
        ("/model/m", False),
        ("other/m", False),
        ("model/./m", False),
        ("model//m", False),
        ("model/a\\b", False),
        ("model/a\nb", False),
        ("model/" + "a" * 512, False),
    ],
)
def test_paths_stay_below_the_folders_of_a_promotion(path: str, safe: bool) -> None:
    assert is_safe_path(path) is safe


def test_the_model_digest_is_the_registrys_content_digest(tmp_path: Path) -> None:
    contents = {"model.skops": b"weights", "a/b.json": b"{}", "a-b": b"", "é": b"1"}
    files = [File("evidence/evidence.json", 1, "0" * 64)]
    for name, content in contents.items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(File(f"model/{name}", len(content), digest))
    assert model_digest(files) == content_digest(tmp_path)
