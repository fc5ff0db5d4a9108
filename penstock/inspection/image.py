"""Whether the container image is in Amazon ECR."""

from __future__ import annotations

import re
from collections.abc import Iterator

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<repository>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_MISSING = ("ImageNotFoundException", "RepositoryNotFoundException")


def image(uri: str, region: str, place: str) -> Iterator[Finding]:
    """Look at an image.

    Args:
        uri: What the file says.
        region: Of the environment.
        place: `file:line` of it.

    Raises:
        ServiceError: ECR refused or cannot be reached.
    """
    parts = _ECR.fullmatch(uri)
    if parts is None:
        remedy = f"SageMaker pulls from Amazon ECR: push it there and mend {place}."
        yield Finding("image", "warning", f"{uri} is not in Amazon ECR", remedy)
        return
    if parts["region"] != region:
        remedy = f"SageMaker pulls from its own Region: replicate it and mend {place}."
        yield Finding("image", "warning", f"{uri} is in {parts['region']}", remedy)
        return
    wanted = {"imageDigest": parts["digest"]} if parts["digest"] else {"imageTag": parts["tag"]}
    if not any(wanted.values()):
        wanted = {"imageTag": "latest"}
    client = open_client("ecr", region, uri)
    is_there = True
    with translated("ecr", uri):
        try:
            client.describe_images(
                registryId=parts["account"], repositoryName=parts["repository"], imageIds=[wanted]
            )
        except Exception as error:
            if error_code(error) not in _MISSING:
                raise
            is_there = False
    if is_there:
        yield Finding("image", "ok", uri)
    else:
        yield Finding("image", "broken", f"there is no image {uri}", f"Push it, or mend {place}.")
