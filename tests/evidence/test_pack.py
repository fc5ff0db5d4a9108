import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.data.digest import content_digest
from penstock.errors import DataError
from penstock.evidence.canonical import canonical_json, read_canonical
from penstock.evidence.pack import Pack, read_pack, write_pack
from penstock.evidence.verify import verify_pack

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=10,
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.json").write_text("{}")
    (folder / "model.ubj").write_bytes(b"\x00" * 64)
    return folder


@pytest.fixture
def pack(tmp_path: Path, model: Path) -> Pack:
    folder = tmp_path / "pack"
    (folder / "use_case").mkdir(parents=True)
    (folder / "evidence.html").write_text("<h1>better</h1>")
    (folder / "use_case" / "use_case.yaml").write_text("name: fraud\n")
    return write_pack(folder, {"digests": {"model": {"digest": content_digest(model)}}})


@given(value=_VALUES)
def test_canonical_json_is_read_back_as_it_was(value: object) -> None:
    content = canonical_json(value)
    assert canonical_json(read_canonical(content, "here")) == content


@pytest.mark.parametrize("value", [float("nan"), 2**53, {"set": {1}}, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(DataError, match="has no canonical JSON form") as caught:
        canonical_json(value)
    assert str(caught.value).endswith(
        ". Use null for what is not defined, and text for large whole numbers."
    )


def test_a_pack_lists_its_files_and_is_named_by_its_document(pack: Pack) -> None:
    document = json.loads((pack.folder / "evidence.json").read_bytes())
    assert [each["path"] for each in document["files"]] == [
        "evidence.html",
        "use_case/use_case.yaml",
    ]
    assert document["files"][0]["size"] == 15
    assert read_pack(pack.folder) == pack


def test_an_untouched_pack_and_its_model_verify(pack: Pack, model: Path) -> None:
    assert verify_pack(pack.folder, {"model": model}, digest=pack.digest) == []


def test_every_difference_is_told_at_once(pack: Pack, model: Path) -> None:
    (pack.folder / "evidence.html").write_text("<h1>worse!</h1>")
    (pack.folder / "use_case" / "use_case.yaml").unlink()
    (pack.folder / "more.txt").write_text("")
    was = content_digest(model)
    (model / "model.ubj").write_bytes(b"\x00" * 63 + b"\x01")
    found = [
        str(each)
        for each in verify_pack(pack.folder, {"model": model}, digest="sha256:" + "0" * 64)
    ]
    restore = "Fetch the pack again from the registry, or reject the version."
    assert found[0] == (
        f"{pack.folder}/evidence.json: the evidence digest is {pack.digest}, "
        f"not sha256:{'0' * 64}. {restore}"
    )
    assert found[1].startswith("evidence.html: the file's SHA-256 is ")
    assert found[2:4] == [
        f"use_case/use_case.yaml: a file that the document names is missing. {restore}",
        "more.txt: the document does not name this file. Remove it.",
    ]
    assert found[4] == (
        f"{model}: the model is not the one that was judged: its digest is "
        f"{content_digest(model)}, not {was}. Restore the bytes that were judged, or train again."
    )


def test_any_altered_byte_of_any_file_is_found(pack: Pack) -> None:
    chance = random.Random(5)
    files = sorted(path for path in pack.folder.rglob("*") if path.is_file())
    for _ in range(300):
        file = chance.choice(files)
        content = file.read_bytes()
        place, flip = chance.randrange(len(content)), chance.randrange(1, 256)
        altered = bytearray(content)
        altered[place] ^= flip
        file.write_bytes(altered)
        try:
            assert verify_pack(pack.folder, digest=pack.digest)
        except DataError:
            pass
        finally:
            file.write_bytes(content)


def test_a_file_outside_the_pack_is_never_read(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    document = {**pack.document, "files": [{"path": "../secret", "size": 1, "sha256": ""}]}
    (pack.folder / "evidence.json").write_bytes(canonical_json(document))
    found = [str(each) for each in verify_pack(pack.folder)]
    assert found[0].startswith("../secret: a file that the document names is missing.")


def test_a_document_that_is_not_canonical_was_altered(pack: Pack) -> None:
    file = pack.folder / "evidence.json"
    file.write_bytes(json.dumps(pack.document, indent=1).encode())
    with pytest.raises(DataError) as caught:
        verify_pack(pack.folder)
    assert str(caught.value) == (
        f"{file}: the document is not in canonical form (RFC 8785), so it was altered. "
        "Fetch it again from the registry."
    )


def test_a_pack_over_50_mib_is_refused(pack: Pack) -> None:
    with (pack.folder / "large.bin").open("wb") as stream:
        stream.truncate(51 * 1024 * 1024)
    with pytest.raises(DataError) as caught:
        read_pack(pack.folder)
    assert str(caught.value) == (
        f"{pack.folder}: the evidence pack has 51 MiB; at most 50 MiB are read. "
        "Leave large files beside the pack and name their digests in it."
    )


def test_a_folder_without_a_document_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"this is no evidence pack: it holds no evidence\.json\."):
        read_pack(tmp_path)
