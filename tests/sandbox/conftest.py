"""A sandbox, and the small definitions that its tests share."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Any]:
    """A sandbox of the example's environments, shared by the tests of a process."""
    from penstock.environments import load_environments
    from sandbox.server import running

    with running(load_environments(_ROOT / "environments.yaml"), isolation="subprocess") as made:
        yield made


@pytest.fixture
def client_of(sandbox: Any) -> Callable[..., Any]:
    """Return boto3's client of a service in an environment; its parser reads every answer."""
    import boto3

    def client(service: str, environment: str = "dev") -> Any:
        variables = sandbox.variables(environment)
        return boto3.session.Session().client(
            service,
            endpoint_url=sandbox.endpoint,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )

    return client


@pytest.fixture
def sagemaker(client_of: Callable[..., Any]) -> Any:
    """Return boto3's client of SageMaker in dev."""
    return client_of("sagemaker")
