"""A release out of its bucket."""

import io
import tarfile

import pytest
from tooling_fixtures import environment, world
from tooling_world import DEFINITION, RELEASES, TEMPLATES, World, release_bytes

from infra.runtime.canonical import sha256
from infra.runtime.clients import open_client
from infra.runtime.errors import Refused
from infra.runtime.release_archive import Release, fetch_release
from infra.runtime.storage import Storage

__all__ = ["environment", "world"]


def fetched(world: World, content: bytes) -> Release:
    digest = world.deliver(content)
    return fetch_release(Storage(open_client("s3")), f"s3://{RELEASES}", digest)


def archive(*members: tarfile.TarInfo, size: int = 0) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as made:
        for each in members:
            each.size = size
            made.addfile(each, io.BytesIO(bytes(size)))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, "other" if kind != tarfile.REGTYPE else ""
    return found


def test_a_release_gives_its_definitions_and_templates(world: World) -> None:
    release = fetched(world, release_bytes())
    assert release.definition("fraud-training") == DEFINITION.encode()
    assert release.body("fraud-training") == sha256(DEFINITION.encode())
    assert release.templates == TEMPLATES
    with pytest.raises(Refused) as caught:
        release.definition("churn-training")
    assert str(caught.value) == (
        f"s3://{RELEASES}/{release.digest}.tar: the release has no pipeline 'churn-training'. "
        "Deploy a release that has it."
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"no archive at all", "it cannot be read (truncated header)"),
        (release_bytes()[:700], "it cannot be read (unexpected end of data)"),
        (archive(member("../x")), "a release has no place for its member '../x'"),
        (archive(member("/x")), "a release has no place for its member '/x'"),
        (archive(member("a b")), "a release has no place for its member 'a b'"),
        (archive(member("a", tarfile.SYMTYPE)), "a release has no place for its member 'a'"),
        (archive(member("a", tarfile.DIRTYPE)), "a release has no place for its member 'a'"),
        (archive(member("a"), member("a")), "a release has no place for its member 'a'"),
    ],
    ids=["no", "cut", "outside", "absolute", "name", "link", "folder", "twice"],
)
def test_what_is_no_release_is_refused(world: World, content: bytes, what: str) -> None:
    with pytest.raises(Refused) as caught:
        fetched(world, content)
    assert str(caught.value) == (
        f"s3://{RELEASES}/{sha256(content)}.tar: this is no release: {what}. See in the bucket's "
        "history who wrote it, and build the release again."
    )


def test_more_files_or_bytes_than_a_release_has_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.runtime.release_archive.MOST_MEMBERS", 2)
    with pytest.raises(Refused, match="it has more than 2 files"):
        fetched(world, release_bytes())
    monkeypatch.setattr("infra.runtime.release_archive.MOST_BYTES", 100)
    with pytest.raises(Refused, match="bytes; at most 100 are read"):
        fetched(world, release_bytes())
