"""Holds what came of a large object against what is recorded of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from penstock.data.aws.transfers.aside import Aside
from penstock.data.aws.transfers.parts import Part
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.recorded import Recorded

_BLOCK_BYTES = 1 << 20


def is_as_recorded(
    client: Any,
    place: Place,
    recorded: Recorded,
    aside: Aside,
    parts: Sequence[Part],
    digests: Mapping[int, bytes],
) -> bool:
    """Return whether the bytes aside are those of the object, as far as it has a SHA-256.

    Args:
        client: Of S3: it tells how large the object's own parts are.
        place: Of the object.
        recorded: Its digests.
        aside: Where all its bytes are.
        parts: In which they came.
        digests: Of these, by number.
    """
    size = parts[-1].offset + parts[-1].size
    if recorded.whole:
        return recorded.is_whole(_digest_of(aside, 0, size))
    if not recorded.composite:
        return True
    first = _size_of(client, place, 1)
    uniform = [min(first, size - offset) for offset in range(0, size, first)]
    if len(uniform) == recorded.count and recorded.is_composite(
        [digests[part.number] for part in parts]
        if first == parts[0].size
        else _digests_of(aside, uniform)
    ):
        return True
    # Other programs send parts of several sizes.
    sizes = [_size_of(client, place, number) for number in range(1, recorded.count + 1)]
    if sizes == uniform or sum(sizes) != size:
        return False
    return recorded.is_composite(_digests_of(aside, sizes))


def _size_of(client: Any, place: Place, number: int) -> int:
    told = client.head_object(Bucket=place.bucket, Key=place.key, PartNumber=number)
    return int(told["ContentLength"])


def _digests_of(aside: Aside, sizes: Sequence[int]) -> list[bytes]:
    offsets = accumulate(sizes, initial=0)
    return [_digest_of(aside, offset, size) for offset, size in zip(offsets, sizes, strict=False)]


def _digest_of(aside: Aside, offset: int, size: int) -> bytes:
    digest = hashlib.sha256()
    for begin in range(offset, offset + size, _BLOCK_BYTES):
        digest.update(aside.read(min(_BLOCK_BYTES, offset + size - begin), begin))
    return digest.digest()
