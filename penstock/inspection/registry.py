"""Whether the model registry answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from penstock.errors import Problem, ServiceError
from penstock.inspection.bucket import bucket
from penstock.inspection.file import file
from penstock.inspection.finding import Finding
from penstock.registry.opening import check_address, is_managed

_SECONDS = 10


def registry(uri: str, region: str, place: str) -> Iterator[Finding]:
    """Look at a registry.

    Args:
        uri: Its address.
        region: Of the environment.
        place: `file:line` of it.

    Raises:
        RequestError: No adapter can open such an address.
        ServiceError: It refused or cannot be reached.
    """
    check_address(uri)
    if uri.startswith("sagemaker:"):
        yield from _sagemaker(uri, region, place)
    elif is_managed(uri):
        remedy = "Its state is on the page of MLflow in SageMaker Studio."
        yield Finding("registry", "ok", f"{uri} is managed by SageMaker, not asked", remedy)
    elif uri.startswith("sqlite:"):
        yield from file("registry", Path(uri.removeprefix("sqlite:///")))
    else:
        yield from _server(uri, place)


def _sagemaker(uri: str, region: str, place: str) -> Iterator[Finding]:
    from penstock.registry.sagemaker.address import read_address
    from penstock.registry.sagemaker.client import Packages

    found = read_address(uri)
    there = found.region or region
    first = next(Packages(there, uri).groups(), None)
    groups = "no model group yet" if first is None else f"the model group {first} and maybe others"
    yield Finding("registry", "ok", f"SageMaker Model Registry in {there}: {groups}")
    if found.bucket:
        yield from bucket("registry", f"s3://{found.bucket}", there, place)
    else:
        remedy = f"Add ?bucket=BUCKET in {place}."
        yield Finding("registry", "warning", "without a bucket nothing is registered", remedy)


def _server(uri: str, place: str) -> Iterator[Finding]:
    import httpx

    try:
        answer = httpx.get(f"{uri.rstrip('/')}/health", timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServiceError(
            Problem(
                f"the registry cannot be reached: {str(error).rstrip('.')}.",
                uri,
                f"Start it, look at the network, or mend {place}.",
            )
        ) from error
    if answer.status_code == httpx.codes.OK:
        yield Finding("registry", "ok", f"the MLflow server {uri} answers")
    else:
        remedy = f"Look at its log, or mend {place}."
        yield Finding("registry", "broken", f"{uri} answers HTTP {answer.status_code}", remedy)
