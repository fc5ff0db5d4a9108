"""Objects in S3: within bounds, hashed, and written once."""

import base64
from typing import Any

import pytest
from tooling_fixtures import environment, world
from tooling_world import CENTRAL, World

from infra.runtime.canonical import sha256
from infra.runtime.clients import open_client
from infra.runtime.errors import Refused
from infra.runtime.storage import Measured, Storage, split

__all__ = ["environment", "world"]

URI = f"s3://{CENTRAL}/folder/a.json"


@pytest.fixture
def storage(world: World) -> Storage:
    return Storage(open_client("s3"))


def test_an_object_is_written_once(storage: Storage) -> None:
    assert storage.put_once(URI, b"one", sha256(b"one"))
    assert not storage.put_once(URI, b"two", sha256(b"two"))
    assert storage.read(URI, 3) == b"one"


def test_what_is_kept_may_be_kept_again_but_nothing_else(storage: Storage) -> None:
    storage.keep(URI, b"one")
    storage.keep(URI, b"one")
    with pytest.raises(Refused) as caught:
        storage.keep(URI, b"two")
    assert str(caught.value) == (
        f"{URI}: the object is there already and holds other bytes. See who wrote it."
    )


def test_the_digest_goes_with_the_bytes_so_that_s3_compares_them() -> None:
    given: dict[str, Any] = {}

    class Recording:
        """An S3 that takes anything."""

        def put_object(self, **arguments: Any) -> None:
            given.update(arguments)

    Storage(Recording()).put_once(URI, b"one", sha256(b"one"))
    assert base64.b64decode(given["ChecksumSHA256"]).hex() == sha256(b"one")
    assert given["IfNoneMatch"] == "*"


def test_what_is_missing_is_none(storage: Storage) -> None:
    assert storage.read(URI, 3) is None
    assert storage.measure(URI) is None
    assert storage.fetch(URI) is None
    assert list(storage.names(f"s3://{CENTRAL}/folder")) == []


def test_more_than_is_read_is_refused(storage: Storage) -> None:
    storage.keep(URI, b"four")
    for read in (storage.read, storage.fetch):
        with pytest.raises(Refused) as caught:
            read(URI, 3)
        assert str(caught.value) == f"{URI}: it has 4 bytes; at most 3 are read. See who wrote it."


def test_a_fetched_object_comes_with_what_it_holds(storage: Storage) -> None:
    content = bytes(range(256)) * 8192
    storage.put_once(URI, content, sha256(content))
    found = storage.fetch(URI)
    assert found is not None
    with found[0] as copy:
        assert copy.read() == content
    assert found[1] == storage.measure(URI) == Measured(len(content), sha256(content))


def test_names_below_a_folder_are_told_with_their_sizes(storage: Storage, world: World) -> None:
    for path in ("a", "deep/b", "marker/"):
        world.put(f"s3://{CENTRAL}/folder/{path}", b"12")
    world.put(f"s3://{CENTRAL}/folder-2/c", b"1")
    for uri in (f"s3://{CENTRAL}/folder", f"s3://{CENTRAL}/folder/"):
        assert list(storage.names(uri)) == [("a", 2), ("deep/b", 2)]


def test_a_writing_that_others_keep_failing_is_raised_for_another_try() -> None:
    class Busy:
        """An S3 in which somebody else is always writing."""

        def put_object(self, **_: Any) -> None:
            raise refusal("ConditionalRequestConflict")

        def get_object(self, **_: Any) -> None:
            raise refusal("NoSuchKey")

    with pytest.raises(ConnectionError, match="neither holds the object nor takes it"):
        Storage(Busy()).keep(URI, b"one")


def refusal(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code}}, "PutObject")


@pytest.mark.parametrize("uri", ["", "bucket/key", "s3://", "s3:///key", "https://a/b"])
def test_what_is_no_address_is_refused(uri: str) -> None:
    with pytest.raises(Refused, match="this is no address on S3"):
        split(uri)
