"""The tooling account and dev as fixtures; the environment is that of a deployed function."""

from collections.abc import Iterator

import pytest
from tooling_world import CENTRAL, DEV_ROLE, LEDGER, REGION, RELEASES, World, fresh_world

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "PENSTOCK_REGION": REGION,
    "PENSTOCK_RELEASES": f"s3://{RELEASES}",
    "PENSTOCK_CENTRAL": f"s3://{CENTRAL}",
    "PENSTOCK_LEDGER": f"s3://{LEDGER}",
    "PENSTOCK_DEV_ROLE": DEV_ROLE,
    "PENSTOCK_DELIVERY": "penstock-delivery",
    "PENSTOCK_GATE": "Gate/Approve",
    "PENSTOCK_GROUPS": '{"fraud":"fraud"}',
    "PENSTOCK_PARAMETERS": '{"Image":"penstock:1","Role":"arn:aws:iam::111111111111:role/jobs"}',
    "PENSTOCK_SOURCES": '{"fraud":"s3://penstock-dev-artifacts/rows"}',
}


@pytest.fixture
def environment(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of a function, which lead to the moto server."""
    for name, value in {"AWS_ENDPOINT_URL": s3_server, **SETTINGS}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return monkeypatch


@pytest.fixture
def world(environment: pytest.MonkeyPatch) -> Iterator[World]:
    """Two accounts in which nothing has happened."""
    with fresh_world() as made:
        environment.setenv("PENSTOCK_SEAL_KEY", made.key)
        yield made
