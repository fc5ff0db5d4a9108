"""Large objects of a registry: sent in parts, gone on with, never written over."""

from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.transfers.parts import SIZES
from penstock.errors import ServiceError
from penstock.registry.sagemaker.storage import Storage

LARGE = bytes(range(256)) * 4096 * 17


@pytest.fixture
def storage(s3_bucket: str) -> Storage:
    return Storage("us-east-1", s3_bucket)


def parts_of(storage: Storage) -> list[int]:
    """Return the list that parts are noted in once they are sent."""
    sent: list[int] = []

    def called(params: Any, **_: Any) -> None:
        sent.append(int(params["query_string"]["partNumber"]))

    storage._client.meta.events.register("before-call.s3.UploadPart", called)
    return sent


def test_a_large_file_is_sent_in_parts_once_and_comes_back(
    storage: Storage, s3_bucket: str, tmp_path: Path
) -> None:
    assert SIZES.is_large(len(LARGE))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.ubj").write_bytes(LARGE)
    (folder / "model.json").write_bytes(b"{}")
    sent = parts_of(storage)
    uri = f"{s3_bucket}/objects/1f2e/model/"
    storage.put_folder(folder, uri)
    storage.put_folder(folder, uri)
    assert sorted(sent) == [1, 2]
    storage.fetch(uri, tmp_path / "back", keep=tmp_path)
    assert (tmp_path / "back" / "model.ubj").read_bytes() == LARGE
    assert (tmp_path / "back" / "model.json").read_bytes() == b"{}"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back", "model"]


def test_what_an_older_version_put_there_whole_is_the_same(
    storage: Storage, s3_bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(LARGE)
    name = s3_bucket.removeprefix("s3://")
    storage._client.put_object(Bucket=name, Key="model", Body=LARGE)
    sent = parts_of(storage)
    storage.put_file(tmp_path / "file", f"{s3_bucket}/model")
    assert sent == []


def test_other_bytes_under_a_large_files_name_are_told_and_stay(
    storage: Storage, s3_bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(LARGE)
    name = s3_bucket.removeprefix("s3://")
    storage._client.put_object(Bucket=name, Key="model", Body=b"planted")
    with pytest.raises(ServiceError) as told:
        storage.put_file(tmp_path / "file", f"{s3_bucket}/model")
    assert str(told.value) == (
        f"{s3_bucket}/model: the object is there already and holds other bytes. "
        "See who wrote it, and remove it or name another prefix."
    )
    assert storage.read(f"{s3_bucket}/model") == b"planted"
