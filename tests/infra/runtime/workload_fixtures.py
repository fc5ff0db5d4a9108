"""Fixtures of the handlers of workload accounts."""

import contextlib
import logging
from collections.abc import Iterator

import pytest
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
def moto(s3_server: str) -> Iterator[str]:
    """Endpoint of a moto that does what the services do; the environment leads there."""
    mends = (
        registry_mended,
        conditional_puts_mended,
        executions_mended,
        signatures_mended,
        transactions_mended,
    )
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as mended:
        for name, value in (
            ("AWS_ENDPOINT_URL", s3_server),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
            ("AWS_DEFAULT_REGION", REGION),
        ):
            patch.setenv(name, value)
        # Every request in the log is slower than the request.
        logger = logging.getLogger("werkzeug")
        mended.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)
        for mend in mends:
            mended.enter_context(mend())
        yield s3_server


@pytest.fixture(scope="module")
def seal(moto: str) -> str:
    """ARN of the key that signs statements."""
    kms = client_of("kms", moto)
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["Arn"])


@pytest.fixture
def make(moto: str, seal: str, monkeypatch: pytest.MonkeyPatch) -> MakeWorkload:
    """Makes accounts; the environment is that of the latest one."""

    def made(environment: str = "pre-prod") -> Workload:
        world = Workload(moto, seal, environment)
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
