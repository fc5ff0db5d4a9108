import contextlib
import functools
from collections.abc import Iterator

import pytest
from workload import MakeWorkload, Workload, executions_mended, transactions_mended

from infra.runtime.clients import open_client
from infra.runtime.deployer import account
from sandbox.moto_mends import conditional_puts_mended, registry_mended


@pytest.fixture
def make(
    s3_server: str, kms_key: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeWorkload]:
    """Makes accounts; the environment is that of the latest one."""

    def made(environment: str = "pre-prod") -> Workload:
        world = Workload(s3_server, kms_key, environment)
        for name, value in world.variables.items():
            monkeypatch.setenv(name, value)
        return world

    # Opening a client takes longer than what it is asked here.
    kept = functools.cache(open_client)
    monkeypatch.setattr(account, "open_client", kept)
    with contextlib.ExitStack() as mended:
        for mend in (
            registry_mended,
            conditional_puts_mended,
            executions_mended,
            transactions_mended,
        ):
            mended.enter_context(mend())
        yield made


@pytest.fixture
def world(make: MakeWorkload) -> Workload:
    """Pre-production."""
    return make()


@pytest.fixture
def prod(make: MakeWorkload) -> Workload:
    """Production."""
    return make("prod")
