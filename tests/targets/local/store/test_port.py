import threading
import time

import pytest

from penstock.errors import StepError
from penstock.targets.local.store.file import FileStore
from penstock.targets.local.store.port import Store, Stores, join_uri


@pytest.mark.parametrize(
    ("uri", "names", "joined"),
    [
        ("s3://b", ("a", "c"), "s3://b/a/c"),
        ("s3://b/", ("a",), "s3://b/a"),
        ("file:///x", (), "file:///x"),
        ("file:///x", ("",), "file:///x/"),
    ],
)
def test_names_are_joined_to_a_uri(uri: str, names: tuple[str, ...], joined: str) -> None:
    assert join_uri(uri, *names) == joined


def test_a_store_is_opened_once_even_by_many_threads() -> None:
    opened: list[Store] = []

    def open_slowly() -> Store:
        time.sleep(0.02)
        opened.append(FileStore())
        return opened[-1]

    stores = Stores({"file": open_slowly})
    threads = [threading.Thread(target=stores.of, args=("file:///x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [stores.of("file:///y")]


@pytest.mark.parametrize("uri", ["gs://b/k", "/a/path", "file", "s3:/b", ""])
def test_a_uri_of_no_store_is_told(uri: str) -> None:
    stores = Stores({"s3": FileStore, "file": FileStore})
    with pytest.raises(StepError) as caught:
        stores.of(uri)
    assert str(caught.value) == f"`{uri}` is in no store. Use file://, s3://."
