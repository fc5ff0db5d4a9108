"""Two small accounts, and functions whose whole code is a few lines."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.rehearsal.world import Pace, World, rehearsing
from penstock.environments import load_environments

_ENVIRONMENTS = Path(__file__).parents[3] / "environments.yaml"
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
