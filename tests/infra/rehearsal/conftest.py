"""Two small accounts with functions of a few lines; and the whole story, played once."""

import fcntl
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.rehearsal.world import Pace, World, rehearsing
from penstock.environments import load_environments

_ROOT = Path(__file__).parents[3]
_ENVIRONMENTS = _ROOT / "environments.yaml"
_STORY_SECONDS = 900
REGION = "eu-west-1"
DEV, TOOLING = "111111111111", "444444444444"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Empty accounts, shared by the tests of a module."""
    environments = load_environments(_ENVIRONMENTS)
    with rehearsing(environments, isolation="subprocess", pace=Pace(0.1)) as made:
        yield made


@pytest.fixture(scope="module")
def code(world: World) -> Callable[..., dict[str, str]]:
    """Upload the code of a function; return where it is, as a template says it."""

    def upload(body: str, environment: str = "tooling") -> dict[str, str]:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("parts/small.py", body)
        s3 = world.client("s3", environment)
        bucket = f"code-{world.places[environment].account}"
        if bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
            where = {"LocationConstraint": REGION}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        key = f"{abs(hash(body))}.zip"
        s3.put_object(Bucket=bucket, Key=key, Body=written.getvalue())
        return {"S3Bucket": bucket, "S3Key": key}

    return upload


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `python -m infra.rehearsal --json --record` left: `lines.jsonl` and the record.

    Processes that test side by side share it.
    """
    shared = tmp_path_factory.getbasetemp()
    if "popen-gw" in shared.name:
        shared = shared.parent
    folder = shared / "story"
    with (shared / "story.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done.json").exists():
            _play(folder)
    done = json.loads((folder / "done.json").read_text())
    assert done["status"] == 0, done["said"]
    return folder


def _play(folder: Path) -> None:
    command = [sys.executable, "-m", "infra.rehearsal", "--json", "--record", str(folder)]
    done = subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=_STORY_SECONDS,
        check=False,
    )
    folder.mkdir(exist_ok=True)
    (folder / "lines.jsonl").write_text(done.stdout)
    (folder / "done.json").write_text(json.dumps({"status": done.returncode, "said": done.stderr}))
