"""Fixtures of the handlers of workload accounts."""

import contextlib
from collections.abc import Iterator

import pytest
from moto import mock_aws
from workload import (
    REGION,
    MakeWorkload,
    Workload,
    client_of,
    executions_mended,
    transactions_mended,
)

from sandbox.moto_mends import conditional_puts_mended, registry_mended, signatures_mended


@pytest.fixture(scope="module")
def moto() -> Iterator[None]:
    """A moto that does what the services do; in this process, as some tests make a thousand calls.

    What its servers hold for other tests stays.
    """
    mends = (
        registry_mended,
        conditional_puts_mended,
        executions_mended,
        signatures_mended,
        transactions_mended,
    )
    mocked = mock_aws()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as mended:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        mocked.start(reset=False)
        mended.callback(mocked.stop)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        for mend in mends:
            mended.enter_context(mend())
        yield


@pytest.fixture(scope="module")
def seal(moto: None) -> str:
    """ARN of the key that signs statements."""
    made = client_of("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


@pytest.fixture
def make(moto: None, seal: str, monkeypatch: pytest.MonkeyPatch) -> MakeWorkload:
    """Makes accounts; the environment is that of the latest one."""

    def made(environment: str = "pre-prod") -> Workload:
        world = Workload(seal, environment)
        for name, value in world.variables.items():
            monkeypatch.setenv(name, value)
        return world

    return made


@pytest.fixture
def world(make: MakeWorkload) -> Workload:
    """Pre-production."""
    return make()


@pytest.fixture
def prod(make: MakeWorkload) -> Workload:
    """Production."""
    return make("prod")
