"""Which pipelines of a release have run successfully where: written once, beside the releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import is_no_object, is_there_already, translated
from penstock.errors import Problem, ServiceError
from penstock.release.store import split

_MOST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Pass:
    """One success.

    Attributes:
        release: SHA-256 of the archive.
        stage: Where, such as `pre-prod`.
        pipeline: Such as `fraud-training`.
        body: SHA-256 of the definition that ran.
        execution: ARN of the first execution that succeeded.
        ended: When it was over, ISO 8601 in UTC.
        recorded_by: ARN of who wrote this down.
    """

    release: str
    stage: str
    pipeline: str
    body: str
    execution: str
    ended: str
    recorded_by: str


class Passes:
    """The successes of releases.

    Args:
        uri: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        region: Its Region.
    """

    def __init__(self, uri: str, region: str) -> None:
        self._uri, self._region = uri.rstrip("/"), region

    def record(self, each: Pass) -> bool:
        """Write a success down, unless one is there.

        Returns:
            Whether it is the first.
        """
        place = self._place(each.release, each.stage, each.pipeline)
        bucket, key = split(place)
        with translated("s3", place):
            try:
                self._client.put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=json.dumps(asdict(each), sort_keys=True).encode(),
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ContentType="application/json",
                )
            except Exception as error:
                if not is_there_already(error):
                    raise
                return False
        return True

    def find(self, release: str, stage: str, pipeline: str) -> Pass | None:
        """Return the success of a pipeline of a release; None: there is none.

        Raises:
            ServiceError: S3 refused, or what is there says something else.
        """
        place = self._place(release, stage, pipeline)
        bucket, key = split(place)
        with translated("s3", place):
            try:
                answer = self._client.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
            except Exception as error:
                if not is_no_object(error):
                    raise
                return None
            content: bytes = answer["Body"].read(_MOST_BYTES)
        try:
            facts: Mapping[str, str] = json.loads(content)
            found = Pass(**facts)
        except (ValueError, TypeError) as error:
            raise _wrong(place) from error
        if (found.release, found.stage, found.pipeline) != (release, stage, pipeline):
            raise _wrong(place)
        return found

    def _place(self, release: str, stage: str, pipeline: str) -> str:
        return f"{self._uri}/{release}/passed/{stage}/{pipeline}.json"

    @cached_property
    def _client(self) -> Any:
        return open_client("s3", self._region, self._uri)


def _wrong(place: str) -> ServiceError:
    remedy = "See in the bucket's history who wrote it, and remove it."
    return ServiceError(Problem("this is no record of that success.", place, remedy))
