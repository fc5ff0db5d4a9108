"""Uploads that were begun and not completed: found again by what S3 holds of them.

Nothing is remembered on this machine: a build server that starts anew on another one finds them,
too. An upload is of the same content if every part that S3 has of it is the part of that number.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from penstock.data.aws.transfers.checksums import ALGORITHM, Digests, is_entity_tag, written
from penstock.data.aws.transfers.failures import is_gone, is_not_told
from penstock.data.aws.transfers.parts import Part
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.source import Source

_MOST_LOOKED_AT = 20
"""Uploads of one key; more are left to the bucket's lifecycle."""


@dataclass(frozen=True, slots=True)
class There:
    """A part that S3 has.

    Attributes:
        number: From 1.
        tag: Its entity tag.
        checksum: Its SHA-256 as S3 writes it; empty: S3 does not tell.
        size: In bytes.
    """

    number: int
    tag: str
    checksum: str
    size: int


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload of a content, and what of it is there.

    Attributes:
        id: As S3 calls it.
        tags: Entity tags by number of part.
    """

    id: str
    tags: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Found:
    """The unfinished uploads of one key.

    Attributes:
        same: Those of this content, the one that has come farthest first.
        stale: Ids of those of another content.
    """

    same: Sequence[Upload] = ()
    stale: Sequence[str] = ()


def find_uploads(
    client: Any, place: Place, source: Source, parts: Sequence[Part], digests: Digests
) -> Found:
    """Look for what an earlier run has left.

    Who may not list uploads finds none. Uploads without SHA-256 belong to other programs.
    """
    same: list[Upload] = []
    stale: list[str] = []
    compared = _Comparison(source, parts, digests)
    try:
        for name in islice(_uploads(client, place), _MOST_LOOKED_AT):
            try:
                there = list(_parts(client, place, name))
            except Exception as error:
                if not is_gone(error):
                    raise
                continue
            if compared.holds(there):
                same.append(Upload(name, {each.number: each.tag for each in there}))
            else:
                stale.append(name)
    except Exception as error:
        if not is_not_told(error):
            raise
    same.sort(key=lambda each: len(each.tags), reverse=True)
    return Found(same, stale)


def abort_upload(client: Any, place: Place, upload: str) -> None:
    """Give an upload up, as far as that is possible: else the bucket's lifecycle ends it."""
    with contextlib.suppress(Exception):
        client.abort_multipart_upload(Bucket=place.bucket, Key=place.key, UploadId=upload)


class _Comparison:
    """Holds parts on S3 against those of a source."""

    def __init__(self, source: Source, parts: Sequence[Part], digests: Digests) -> None:
        self._source, self._digests = source, digests
        self._parts = {each.number: each for each in parts}

    def holds(self, there: Sequence[There]) -> bool:
        if any(
            each.number not in self._parts or self._parts[each.number].size != each.size
            for each in there
        ):
            return False
        with ThreadPoolExecutor(2) as pool:
            return _all(pool, self._is_same, there)

    def _is_same(self, there: There) -> bool:
        part = self._parts[there.number]
        if not there.checksum:
            return is_entity_tag(there.tag, self._source.read(part))
        return written(self._digests.of(part)) == there.checksum


def _all(pool: ThreadPoolExecutor, test: Callable[[There], bool], values: Sequence[There]) -> bool:
    tasks = [pool.submit(test, each) for each in values]
    try:
        return all(task.result() for task in tasks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _uploads(client: Any, place: Place) -> Iterator[str]:
    pages = client.get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=place.bucket, Prefix=place.key):
        for entry in page.get("Uploads", ()):
            if entry["Key"] == place.key and entry.get("ChecksumAlgorithm") == ALGORITHM:
                yield str(entry["UploadId"])


def _parts(client: Any, place: Place, upload: str) -> Iterator[There]:
    pages = client.get_paginator("list_parts")
    for page in pages.paginate(Bucket=place.bucket, Key=place.key, UploadId=upload):
        for entry in page.get("Parts", ()):
            yield There(
                int(entry["PartNumber"]),
                str(entry["ETag"]),
                str(entry.get("ChecksumSHA256", "")),
                int(entry["Size"]),
            )
