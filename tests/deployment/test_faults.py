"""One call in ten goes wrong: every run ends right or with a clear error, and nothing is half."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from faulty_proxy import FAULTS, Faults, hurry, proxy

from penstock.deployment.origin import Origin
from penstock.deployment.place import Place, open_place
from penstock.deployment.upserting import upsert
from penstock.deployment.wanted import Wanted
from penstock.environments import parse_environments
from penstock.errors import PenstockError
from penstock.executions.service import Service as Executions
from penstock.targets.local.store.s3 import S3Store

RUNS = 300
BODY = '{"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": [], "Seed": %d}'
FILE = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: s3://artifacts
    image: penstock:1
    records: records
"""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """HOST:PORT of a server in a process of its own."""
    script = Path(__file__).with_name("account_server.py")
    server = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    yield f"localhost:{server.stdout.readline().strip()}"
    server.kill()
    server.wait()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def opened(
    url: str, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> tuple[Place, Executions, S3Store]:
    """Return everything that a run asks, at one address."""
    import boto3

    for name, value in (
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    environment = parse_environments(FILE, "environments.yaml").get("dev")
    place = open_place(environment, "arn:aws:iam::1:user/x", folder, lease_seconds=0.5)
    client: Any = boto3.session.Session().client("s3", endpoint_url=url)
    return place, Executions("us-east-1"), S3Store(client)


def wanted_of(place: Place, name: str, seed: int) -> Wanted:
    return Wanted(
        name=name,
        definition=BODY % seed,
        assets={f"{name}-{seed}/{part}.py": f"{name}{seed}{part}".encode() for part in "ab"},
        role=place.environment.role,
        parallel=8,
        parameters=place.environment.parameters,
        origin=Origin(f"{seed}" * 40),
    )


@pytest.mark.slow
@pytest.mark.usefixtures("hasty")
def test_three_hundred_runs_through_faults_leave_nothing_half(
    upstream: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import boto3

    clean, runs, artifacts = opened(f"http://{upstream}", monkeypatch, tmp_path)
    session = boto3.session.Session()
    session.client("s3").create_bucket(Bucket="artifacts")
    dynamodb: Any = session.client("dynamodb")
    dynamodb.create_table(
        TableName="records",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    content = random.Random(1).randbytes(100_000)
    (tmp_path / "model").write_bytes(content)
    artifacts.publish(tmp_path / "model", "s3://artifacts/model")
    faults = Faults()
    ended = {"right": 0, "told": 0}
    with proxy(upstream, faults) as url:
        place, executions, store = opened(url, monkeypatch, tmp_path)
        for run in range(RUNS):
            name = f"run-{run}"
            first, second = (wanted_of(place, name, seed) for seed in (1, 2))
            with faults.seeded(run):
                wanted = (first, second)[run % 2 :]
                done = [attempt(ended, upsert, each, place) for each in wanted]
                token = hashlib.sha256(name.encode()).hexdigest()
                arn = attempt(ended, executions.start, name, [], token)
                fetched = tmp_path / f"fetched-{run}"
                got = attempt(ended, store.fetch, "s3://artifacts/model", fetched)
            check_pipeline(clean, name, done, wanted)
            check_start(runs, name, arn)
            files = [each for each in fetched.rglob("*") if each.is_file()]
            assert all(each.read_bytes() == content for each in files), run
            assert not isinstance(got, Exception) or not files, run
    assert all(faults.counts[each] for each in FAULTS), faults.counts
    assert ended["right"] > ended["told"], ended


def attempt(ended: dict[str, int], work: Any, *arguments: Any) -> Any:
    """Return what came of a piece of work: its result, or an error that is one of ours."""
    try:
        result = work(*arguments)
    except PenstockError as error:
        ended["told"] += 1
        return error
    except Exception as error:
        # The store's own faults are told apart from ours: the executor retries by their kind.
        if type(error).__name__ != "ServiceFault":
            raise
        ended["told"] += 1
        return error
    ended["right"] += 1
    return result


def check_pipeline(place: Place, name: str, done: list[Any], wanted: tuple[Wanted, ...]) -> None:
    """Hold a pipeline to what was told of it, and go on with it."""
    there = place.service.read(name)
    bodies = {each.body for each in wanted}
    assert there is None or there.body in bodies, name
    succeeded = [
        each.body
        for each, outcome in zip(wanted, done, strict=True)
        if not isinstance(outcome, Exception)
    ]
    if succeeded and not isinstance(done[-1], Exception):
        assert there is not None
        assert there.body == wanted[-1].body, name
    last = wanted[-1]
    if any(isinstance(each, Exception) for each in done):
        last = replace(last, definition=BODY % 3)
        assert upsert(last, place).version.state == "applied", name
    versions = list(reversed(place.records.versions(name)))
    assert [each.number for each in versions] == list(range(1, len(versions) + 1)), name
    body = ""
    for each in versions:
        assert each.before == body, name
        body = each.body if each.state == "applied" else body
    assert body == last.body, name
    assert place.records.lock(name) is None, name


def check_start(executions: Executions, name: str, arn: Any) -> None:
    """Hold the executions of a pipeline to what was told of its start."""
    there = [each.arn for each in executions.executions(name)]
    if isinstance(arn, Exception):
        assert len(there) <= 1, name
    else:
        assert there == [arn], name
