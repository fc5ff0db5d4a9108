"""Addresses of a SageMaker registry: `sagemaker://eu-west-1?bucket=models&prefix=registry`."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from penstock.errors import Problem, RequestError

_KNOWN = ("region", "bucket", "prefix", "image")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_REMEDY = "Write sagemaker://REGION?bucket=BUCKET, such as sagemaker://eu-west-1?bucket=models."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a registry is.

    Attributes:
        uri: As it was given.
        region: Empty: that of the environment.
        bucket: What is registered from here is kept there; empty: nothing can be.
        prefix: Of its objects, without slashes at the ends.
        image: Container image that versions from here name; an Amazon ECR path.
    """

    uri: str
    region: str
    bucket: str
    prefix: str
    image: str


def read_address(uri: str) -> Place:
    """Read an address.

    Raises:
        RequestError: Every part that is wrong is listed.
    """
    parts = urlsplit(uri)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    region = given.get("region", "") or parts.netloc
    problems = [
        Problem(f"{name!r} is no setting of a SageMaker registry.", uri, _REMEDY)
        for name in given
        if name not in _KNOWN
    ]
    if region and not _REGION.fullmatch(region):
        problems.append(Problem(f"{region!r} is no AWS Region.", uri, _REMEDY))
    if parts.netloc and given.get("region", parts.netloc) != parts.netloc:
        problems.append(Problem("it names two Regions.", uri, _REMEDY))
    if parts.path.strip("/"):
        problems.append(Problem(f"the path {parts.path!r} has no meaning.", uri, _REMEDY))
    if problems:
        raise RequestError(problems)
    prefix = given.get("prefix", "penstock-registry").strip("/")
    return Place(
        uri, region, given.get("bucket", ""), prefix, given.get("image") or "penstock:0.1.0"
    )
