import io
import os
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from penstock.errors import DataError
from penstock.release.archive import unpack
from penstock.release.release import build_release, file_name, read_release

PROJECT = Path(__file__).parents[2]


def test_each_of_300_single_byte_changes_is_found(tmp_path: Path) -> None:
    files = {f"folder/{number}.txt": os.urandom(number * 97) for number in range(8)}
    archive = build_release(files, [], "1")
    path = tmp_path / file_name(archive)
    path.write_bytes(archive)
    assert read_release(path).files == files
    chance = random.Random(5)
    for _ in range(300):
        place = chance.randrange(len(archive))
        changed = bytearray(archive)
        changed[place] ^= chance.randrange(1, 256)
        path.write_bytes(changed)
        with pytest.raises(DataError):
            read_release(path)


def test_an_altered_file_is_named(tmp_path: Path) -> None:
    archive = build_release({"a.txt": b"one", "b.txt": b"two"}, [], "1")
    path = tmp_path / file_name(archive)
    path.write_bytes(archive.replace(b"two", b"tvo"))
    with pytest.raises(DataError) as caught:
        read_release(path)
    assert str(caught.value) == (
        f"{path}: b.txt was altered: it is not the file that manifest.json lists. "
        "Fetch the release again, or build it again."
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("/etc/passwd", tarfile.REGTYPE),
        ("../out", tarfile.REGTYPE),
        ("link", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("device", tarfile.CHRTYPE),
    ],
)
def test_hostile_members_are_refused(name: str, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.type = kind
        archive.addfile(member)
    with pytest.raises(DataError, match=r"is no (path inside|plain file)"):
        unpack(buffer.getvalue(), "x")


@pytest.mark.slow
def test_two_builds_in_other_folders_umasks_and_time_zones_are_equal(tmp_path: Path) -> None:
    names = []
    for number, (zone, umask) in enumerate([("UTC", 0o022), ("Asia/Tokyo", 0o077)]):
        clone, home = tmp_path / ("clone" * (number + 1)), tmp_path / f"home{number}"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", PROJECT, clone], check=True, umask=umask)
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", "release", "build", "--use-case", "wine",
             "--output", home],
            cwd=clone, umask=umask, check=True, capture_output=True, text=True,
            env={**os.environ, "TZ": zone, "HOME": str(home), "PYTHONPATH": str(clone),
                 "PYTHONHASHSEED": str(number + 1)},
        )  # fmt: skip
        built = Path(done.stdout.strip())
        names.append(built.name)
        verified = subprocess.run(
            [sys.executable, "-m", "penstock.cli", "release", "verify", built],
            check=False, cwd=clone, env={**os.environ, "PYTHONPATH": str(clone)},
            capture_output=True, text=True,
        )  # fmt: skip
        assert verified.returncode == 0, verified.stderr
    assert names[0] == names[1]
