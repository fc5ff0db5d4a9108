import io
import tarfile

import pytest

from penstock.data.artifacts import fetch_model
from penstock.errors import DataError, RequestError

FILES = {"model.json": b"{}", "models.bin": b"abc"}


def write(folder, **more):
    folder.mkdir(parents=True)
    for name, content in (FILES | more).items():
        (folder / name).write_bytes(content)
    return folder


def pack(file, members):
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file


def files_of(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@pytest.mark.parametrize("form", [str, lambda path: path.as_uri()])
def test_a_folder_is_taken_where_it_is(tmp_path, scratch, form):
    folder = write(tmp_path / "my model")
    assert fetch_model(form(folder), scratch) == folder


@pytest.mark.parametrize("inner", ["model", "data"])
def test_a_folder_around_the_model_is_looked_into(tmp_path, scratch, inner):
    folder = write(tmp_path / "version" / inner)
    assert fetch_model(str(tmp_path / "version"), scratch) == folder


def test_an_archive_is_unpacked_without_what_the_target_put_beside_the_model(tmp_path, scratch):
    file = pack(tmp_path / "out" / "model.tar.gz", FILES | {"artifact.json": b"{}"})
    for number, address in enumerate((file.as_uri(), str(file.parent))):
        place = scratch / str(number)
        place.mkdir()
        assert files_of(fetch_model(address, place)) == FILES


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_an_archive_that_leads_out_of_its_folder_is_refused(tmp_path, scratch, name):
    file = pack(tmp_path / "model.tar.gz", FILES | {name: b"x"})
    if name.startswith("/"):
        folder = fetch_model(str(file), scratch)
        assert folder.is_relative_to(scratch)
        assert not (tmp_path.parent / "outside").exists()
        return
    with pytest.raises(DataError, match="the archive cannot be unpacked"):
        fetch_model(str(file), scratch)


def test_a_damaged_archive_is_told(tmp_path, scratch):
    file = pack(tmp_path / "model.tar.gz", FILES)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(DataError) as caught:
        fetch_model(str(file), scratch)
    assert str(caught.value).startswith(f"{file}: the archive cannot be unpacked: ")
    assert str(caught.value).endswith(
        "Give the address of a model's folder or of its model.tar.gz."
    )


def test_nothing_there_is_told(tmp_path, scratch):
    with pytest.raises(DataError) as caught:
        fetch_model(str(tmp_path / "gone"), scratch)
    assert str(caught.value) == (
        f"{tmp_path}/gone: there is no model. "
        "Give the address of a model's folder or of its model.tar.gz."
    )
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"there is no model\.json\."):
        fetch_model(str(tmp_path / "empty"), scratch)


def test_an_address_of_another_kind_is_refused(scratch):
    with pytest.raises(RequestError) as caught:
        fetch_model("ftp://host/model", scratch)
    assert str(caught.value) == (
        "ftp://host/model: a model cannot be fetched from an address of the kind 'ftp'. "
        "Use a path, file:// or s3://."
    )


def test_a_model_in_s3_is_brought_here(s3_bucket, scratch, tmp_path):
    import boto3

    client = boto3.session.Session().client("s3")
    archive = pack(tmp_path / "model.tar.gz", FILES | {"artifact.json": b"{}"})
    name = s3_bucket.removeprefix("s3://")
    client.put_object(Bucket=name, Key="one/model.tar.gz", Body=archive.read_bytes())
    for file, content in FILES.items():
        client.put_object(Bucket=name, Key=f"two/{file}", Body=content)
    addresses = ("one/model.tar.gz", "one", "two", "two/")
    for number, address in enumerate(addresses):
        place = scratch / str(number)
        place.mkdir()
        assert files_of(fetch_model(f"{s3_bucket}/{address}", place)) == FILES
    with pytest.raises(DataError, match="there is no object"):
        fetch_model(f"{s3_bucket}/three", scratch)
