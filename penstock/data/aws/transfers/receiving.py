"""Fetches an object from S3 into a file: small ones by one request, large ones by ranges.

The file is there once all of it has come and has the digest that is recorded of it. A large one
goes on where an earlier run broke off, as long as the object is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock.data.aws.failures import error_code
from penstock.data.aws.transfers.aside import Aside, open_aside, remove_old, remove_old_once
from penstock.data.aws.transfers.failures import DamagedError, is_broken_off
from penstock.data.aws.transfers.journal import Journal
from penstock.data.aws.transfers.movement import InterruptedTransferError, Movement, Watch
from penstock.data.aws.transfers.parts import SIZES, Part, Sizes
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.recorded import recorded_of
from penstock.data.aws.transfers.verifying import is_as_recorded
from penstock.errors import Problem, ServiceError

_FETCHES = 3
_BLOCK_BYTES = 1 << 20
_CHANGED = ("PreconditionFailed", "412")


def receive(
    client: Any,
    place: Place,
    target: Path,
    *,
    keep: Path | None = None,
    sizes: Sizes = SIZES,
    watch: Watch | None = None,
) -> None:
    """Bring an object here.

    Args:
        client: Of S3; several threads use it.
        place: Where it is.
        target: The file; its folder is made if it is missing, and what is there is replaced.
        keep: Folder in which a later run finds what has come of a large object; None: nothing of
            it stays.
        sizes: From what size on it is fetched by ranges, and how.
        watch: Is told of each part that has come; not of what travels in one request.

    Raises:
        Exception: What boto3 raises; `penstock.data.aws.failures.translated` tells it.
        OSError: The file cannot be written.
        DamagedError: What came is not what is recorded.
        ServiceError: The object was written again each time.
        InterruptedTransferError: The user stopped it.
    """
    _Receiving(client, place, target, keep, sizes, watch).run()


class _ChangedError(Exception):
    """The object is another one than at first."""


class _Receiving:
    """One download."""

    def __init__(
        self,
        client: Any,
        place: Place,
        target: Path,
        keep: Path | None,
        sizes: Sizes,
        watch: Watch | None,
    ) -> None:
        self._client, self._place, self._target = client, place, target
        self._keep, self._sizes, self._watch = keep, sizes, watch
        self._where = {"Bucket": place.bucket, "Key": place.key}

    def run(self) -> None:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        # A process that was killed has left here what no later run keeps, or what it copied.
        remove_old_once(self._target.parent)
        for left in reversed(range(_FETCHES)):
            answer = self._client.get_object(**self._where, ChecksumMode="ENABLED")
            is_large = self._sizes.is_large(int(answer["ContentLength"]))
            try:
                if is_large:
                    # Its parts are asked for one by one; nothing of this answer is read.
                    answer["Body"].close()
                    self._fetch_large(answer)
                else:
                    self._fetch_small(answer)
            except _ChangedError:
                continue
            except Exception as error:
                if is_large or not left or not is_broken_off(error):
                    raise
            else:
                return
        what = "it was written again each time that it was fetched."
        raise ServiceError(Problem(what, str(self._place), "Try again when nobody writes to it."))

    def _fetch_small(self, answer: Mapping[str, Any]) -> None:
        with open_aside(self._target.parent, self._target.name) as aside:
            try:
                aside.clear()
                digest, offset = hashlib.sha256(), 0
                while block := answer["Body"].read(_BLOCK_BYTES):
                    aside.write(block, offset)
                    digest.update(block)
                    offset += len(block)
                is_whole = offset == int(answer["ContentLength"])
                if not is_whole or not recorded_of(answer).is_whole(digest.digest()):
                    raise self._damaged()
                aside.move_to(self._target)
            except BaseException:
                aside.remove()
                raise

    def _fetch_large(self, answer: Mapping[str, Any]) -> None:
        folder, name = self._target.parent, self._target.name
        if self._keep is not None:
            remove_old(self._keep)
            folder, name = self._keep, str(self._place)
        with open_aside(folder, name) as aside:
            try:
                self._fetch_parts(answer, aside)
            except (_ChangedError, DamagedError):
                aside.remove()
                raise
            except BaseException:
                if self._keep is None:
                    aside.remove()
                raise

    def _fetch_parts(self, answer: Mapping[str, Any], aside: Aside) -> None:
        size, tag = int(answer["ContentLength"]), str(answer["ETag"])
        parts = self._sizes.parts_of(size, str(self._place))
        journal = Journal(aside, self._version(answer, parts), parts)
        digests = journal.begin()
        movement = Movement(str(self._place), parts, self._watch)
        for each in parts:
            if each.number in digests:
                movement.add(each)

        def work(part: Part) -> None:
            digests[part.number] = self._fetch_part(part, tag, aside, movement)
            journal.add(part, digests[part.number])
            movement.add(part)

        missing = [each for each in parts if each.number not in digests]
        try:
            movement.run(work, missing, self._sizes.at_once(parts[0].size))
        except KeyboardInterrupt:
            done = f"{movement.moved} of {self._place} had come"
            rest = "; nothing of it stays."
            if aside.is_kept and self._keep is not None:
                rest = "; the same command fetches the others alone."
            raise InterruptedTransferError(done, rest) from None
        recorded = recorded_of(answer)
        if not is_as_recorded(self._client, self._place, recorded, aside, parts, digests):
            raise self._damaged()
        aside.move_to(self._target, durably=True)

    def _version(self, answer: Mapping[str, Any], parts: Sequence[Part]) -> Mapping[str, object]:
        return {
            "object": str(self._place),
            "tag": answer["ETag"],
            "version": answer.get("VersionId", ""),
            "bytes": answer["ContentLength"],
            "part": parts[0].size,
        }

    def _fetch_part(self, part: Part, tag: str, aside: Aside, movement: Movement) -> bytes:
        """Return the digest of what was written."""
        wanted = f"bytes={part.offset}-{part.offset + part.size - 1}"
        for left in reversed(range(_FETCHES)):
            try:
                answer = self._client.get_object(**self._where, Range=wanted, IfMatch=tag)
            except Exception as error:
                if error_code(error) in _CHANGED:
                    raise _ChangedError from None
                raise
            if not str(answer.get("ContentRange", "")).startswith(wanted.replace("=", " ") + "/"):
                what = "S3 answered with other bytes than those that were asked for."
                raise DamagedError(Problem(what, str(self._place), "Try again."))
            try:
                return _written(answer["Body"], part, aside, movement)
            except Exception as error:
                if not left or not is_broken_off(error):
                    raise
        raise AssertionError  # pragma: no cover  # the last try returned or raised

    def _damaged(self) -> DamagedError:
        what = "what came is not what is recorded of it."
        return DamagedError(Problem(what, str(self._place), "Repeat the command."))


def _written(body: Any, part: Part, aside: Aside, movement: Movement) -> bytes:
    digest, offset, end = hashlib.sha256(), part.offset, part.offset + part.size
    while block := body.read(min(_BLOCK_BYTES, end - offset)):
        movement.require_going_on()
        aside.write(block, offset)
        digest.update(block)
        offset += len(block)
        if offset == end:
            break
    if offset != end:
        from botocore.exceptions import IncompleteReadError

        raise IncompleteReadError(actual_bytes=offset - part.offset, expected_bytes=part.size)
    return digest.digest()
