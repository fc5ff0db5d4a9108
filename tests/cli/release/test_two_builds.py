"""Two builds of one commit are byte-identical, and one changed byte of them is named."""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from penstock.release import verify_release

ROOT = Path(__file__).parents[3]
FOLDERS = ("penstock", "components", "pipelines", "serving", "use_cases")
NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory(prefix="penstock-builds-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def switch_user() -> Sequence[str]:
    """Return what runs a command as another user who can read what root can; root alone may."""
    switch = (
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--",
    )
    if os.getuid() or not shutil.which("setpriv"):
        return ()
    works = subprocess.run([*switch, "true"], check=False, capture_output=True).returncode == 0
    return switch if works else ()


def start(
    folder: Path,
    source: Path,
    user: Sequence[str],
    umask: int,
    environment: Mapping[str, str],
) -> subprocess.Popen[str]:
    """Clone the project into a folder and build there."""
    folder.mkdir(parents=True)
    if user:
        os.chown(folder, NOBODY, NOBODY)
    program = (
        f'git clone --quiet "{source}" . && '
        f'"{sys.executable}" -m penstock.cli release build --output r.tar'
    )
    return subprocess.Popen(
        [*user, "sh", "-c", program],
        cwd=folder,
        umask=umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(folder),
            "HOME": str(folder / ".penstock"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **environment,
        },
    )


@pytest.mark.slow
def test_builds_in_other_folders_by_other_users_umasks_time_zones_and_languages_are_equal(
    tmp_path: Path, open_folder: Path
) -> None:
    project, source = tmp_path / "project", open_folder / "project.bundle"
    for name in FOLDERS:
        kept = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(ROOT / name, project / name, ignore=kept)
    shutil.copy(ROOT / "uv.lock", project)
    (project / ".gitignore").write_text("__pycache__/\n.penstock/\n*.tar\n")
    who = ("-c", "user.name=ben", "-c", "user.email=ben@example.com")
    for arguments in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "--all"),
        (*who, "commit", "--quiet", "--message", "as it is"),
        ("bundle", "create", "--quiet", str(source), "HEAD", "main"),
    ):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    here = {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    there = {
        "TZ": "Asia/Tokyo",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "2",
        "USER": "nobody",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    folders = (tmp_path / "here" / "clone", open_folder / "a much longer" / "path")
    user = switch_user()
    builds = (
        start(folders[0], source, (), 0o022, here),
        start(folders[1], source, user, 0o077, there),
    )
    for build in builds:
        output, _ = build.communicate(timeout=300)
        assert build.returncode == 0, output
    assert (folders[1] / "r.tar").stat().st_uid == (NOBODY if user else os.getuid())
    one, two = ((folder / "r.tar").read_bytes() for folder in folders)
    assert one == two
    assert verify_release(one, "r.tar").problems == ()
    chance = random.Random(5)
    for _ in range(10):
        changed = bytearray(one)
        changed[chance.randrange(len(one))] ^= 1 << chance.randrange(8)
        problems = verify_release(bytes(changed), "r.tar").problems
        assert any(each.where.startswith("r.tar!") for each in problems)
