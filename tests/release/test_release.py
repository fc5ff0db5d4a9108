from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.errors import DataError, RequestError
from penstock.release import Contents, build_release, open_release, verify_release, verifying
from penstock.release.building import sha256


def test_a_release_gives_what_went_into_it(contents: Contents, archive: bytes) -> None:
    release, (compiled,) = open_release(archive), contents.pipelines
    assert release.digest == sha256(archive)
    assert release.commit == "0123456789abcdef0123456789abcdef01234567"
    assert release.commit_time == datetime(2026, 11, 21, 13, tzinfo=UTC)
    assert release.dirty is False
    assert release.images == tuple(contents.images)
    assert release.pipelines == ("wine-training",)
    assert release.definition("wine-training") == compiled.sagemaker
    assert release.kubeflow("wine-training") == compiled.kubeflow
    assert release.assets("wine-training") == compiled.assets
    assert release.files["templates/pipeline/stack.template.json"] == b"{}"


def test_equal_contents_give_equal_bytes(contents: Contents, archive: bytes) -> None:
    assert build_release(contents) == archive


def test_a_pipeline_that_is_not_there_is_told_with_those_that_are(archive: bytes) -> None:
    release = open_release(archive, "release.tar")
    for ask in (release.definition, release.kubeflow, release.assets):
        with pytest.raises(RequestError) as caught:
            ask("wine")
        assert str(caught.value) == (
            "release.tar: the release has no pipeline 'wine'. Use one of: wine-training."
        )


def test_a_file_is_opened_by_its_path(archive: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any.tar"
    path.write_bytes(archive)
    assert open_release(path) == open_release(str(path))
    assert open_release(path).where == str(path)


def test_a_name_that_is_another_digest_is_told(archive: bytes, tmp_path: Path) -> None:
    for name in (f"{'0' * 64}.tar", f"{'0' * 64}.penstock.tar"):
        path = tmp_path / name
        path.write_bytes(archive)
        with pytest.raises(DataError) as caught:
            open_release(path)
        assert str(caught.value) == (
            f"{path}: its SHA-256 is {sha256(archive)}, not the {'0' * 64} in its name. "
            "Fetch the release again, or build it again."
        )


def test_another_digest_than_was_asked_for_is_told(archive: bytes) -> None:
    found = verify_release(archive, "release.tar", "1" * 64)
    assert found.release is None
    assert list(map(str, found.problems)) == [
        f"release.tar: its SHA-256 is {sha256(archive)}, not the {'1' * 64} asked for. "
        "Fetch the release again, or build it again."
    ]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        open_release(tmp_path / "none.tar")
    assert str(caught.value) == f"{tmp_path}/none.tar: there is no such file. Check the path."
    with pytest.raises(RequestError) as caught:
        open_release(tmp_path)
    assert str(caught.value) == f"{tmp_path}: this is a folder. Name the archive."


def test_no_more_is_read_than_a_release_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.release import unpacking

    monkeypatch.setattr(verifying, "MAXIMUM_BYTES", 1000)
    monkeypatch.setattr(unpacking, "MAXIMUM_BYTES", 1000)
    path = tmp_path / "large.tar"
    path.write_bytes(bytes(5000))
    with pytest.raises(DataError) as caught:
        open_release(path)
    assert str(caught.value).splitlines()[0] == (
        f"{path}: it has 1,001 bytes; a release has at most 1,000. "
        "Fetch the release again, or build it again."
    )
