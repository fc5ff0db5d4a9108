"""An upload in parts, which goes on where an earlier one of the same content broke off.

The object is there as a whole or not at all. Its digest is S3's own checksum: the SHA-256 of the
parts' SHA-256. Metadata could not hold one, for S3 takes them when an upload begins, and one that
is gone on with may end with other bytes than it was begun for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.data.aws.failures import is_denied, is_no_object, is_there_already
from penstock.data.aws.transfers.checksums import ALGORITHM, Digests, composite, written
from penstock.data.aws.transfers.failures import (
    SENDINGS,
    DamagedError,
    is_damaged_on_its_way,
    is_gone,
    is_met_by_another,
)
from penstock.data.aws.transfers.movement import Body, InterruptedTransferError, Movement, Watch
from penstock.data.aws.transfers.parts import Part, Sizes
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.source import Source
from penstock.data.aws.transfers.unfinished_uploads import (
    Found,
    Upload,
    abort_upload,
    find_uploads,
)
from penstock.data.aws.transfers.wishes import Outcome, Wishes
from penstock.errors import Problem, ServiceError, WorkError

_ROUNDS = 5


class LargeUpload:
    """One upload; see `send`."""

    def __init__(
        self,
        client: Any,
        source: Source,
        place: Place,
        wishes: Wishes,
        sizes: Sizes,
        watch: Watch | None,
    ) -> None:
        self._client, self._source, self._place = client, source, place
        self._wishes, self._watch = wishes, watch
        self._parts = sizes.parts_of(source.size, source.name)
        self._at_once = sizes.at_once(self._parts[0].size)
        self._digests, self._has_twins = Digests(source), False
        self._where = {"Bucket": place.bucket, "Key": place.key}

    def run(self) -> Outcome:
        """Send it; see `send`."""
        for number in range(_ROUNDS):
            there = self._there()
            # After the first round it may well be ours, whose answer was lost.
            is_enough = there is Outcome.SAME and (number or not self._wishes.anew)
            if there is not None and (self._wishes.once or is_enough):
                return there
            found = self._find()
            if not number:
                # Later it may be somebody at work, who gave up ours for the same reason.
                self._abort(found.stale)
            upload = found.same[0] if found.same else self._begin()
            outcome = self._finish(upload)
            if outcome is Outcome.SENT:
                others = self._find().same if self._has_twins else found.same[1:]
                self._abort([each.id for each in others])
            if outcome is not None:
                return outcome
        what = "others keep writing to this key at the same time."
        raise ServiceError(Problem(what, str(self._place), "Let one of them do it."))

    def _finish(self, upload: Upload) -> Outcome | None:
        """Send what is missing and put it together; None: somebody came between."""
        try:
            parts = self._send(upload)
            self._source.require_unchanged()
            tag = self._complete(upload, parts)
        except WorkError as error:
            if not isinstance(error, ServiceError):
                self._abort([upload.id])
            raise
        except Exception as error:
            if is_there_already(error):
                self._abort([upload.id])
                if self._wishes.once and is_met_by_another(error):
                    # Who may not look what is there is told all the same that there is something.
                    return self._there() or Outcome.THERE
                return None
            if is_gone(error):
                return None
            raise
        self._read_back(tag)
        return Outcome.SENT

    def _begin(self) -> Upload:
        begun = self._client.create_multipart_upload(
            **self._where,
            ChecksumAlgorithm=ALGORITHM,
            ChecksumType="COMPOSITE",
            **self._wishes.headers(),
        )
        # An answer that was lost leaves an upload that nobody knows of.
        self._has_twins |= bool(begun["ResponseMetadata"]["RetryAttempts"])
        return Upload(str(begun["UploadId"]), {})

    def _send(self, upload: Upload) -> Sequence[Mapping[str, object]]:
        """Send the parts that are not there; return all, as S3 wants them told at the end."""
        tags = dict(upload.tags)
        movement = Movement(self._source.name, self._parts, self._watch)
        for each in self._parts:
            if each.number in tags:
                movement.add(each)

        def work(part: Part) -> None:
            tags[part.number] = self._send_part(upload.id, part, movement)
            movement.add(part)

        missing = [each for each in self._parts if each.number not in tags]
        try:
            movement.run(work, missing, self._at_once)
        except KeyboardInterrupt:
            done = f"{movement.moved} of {self._source.name} are at {self._place}"
            rest = ". The same command sends the others alone."
            raise InterruptedTransferError(done, rest) from None
        return [
            {
                "PartNumber": each.number,
                "ETag": tags[each.number],
                "ChecksumSHA256": written(self._digests.of(each)),
            }
            for each in self._parts
        ]

    def _send_part(self, upload: str, part: Part, movement: Movement) -> str:
        content = self._source.read(part)
        checksum = written(self._digests.note(part, content))
        for left in reversed(range(SENDINGS)):
            try:
                answer = self._client.upload_part(
                    **self._where,
                    UploadId=upload,
                    PartNumber=part.number,
                    Body=Body(content, movement),
                    ChecksumSHA256=checksum,
                )
            except Exception as error:
                if not left or not is_damaged_on_its_way(error):
                    raise
            else:
                if answer.get("ChecksumSHA256", checksum) == checksum:
                    return str(answer["ETag"])
        what = f"S3 took other bytes for part {part.number} than were sent."
        raise DamagedError(Problem(what, str(self._place), "Repeat the command."))

    def _complete(self, upload: Upload, parts: Sequence[Mapping[str, object]]) -> str:
        """Return the object's entity tag."""
        answer = self._client.complete_multipart_upload(
            **self._where,
            UploadId=upload.id,
            MultipartUpload={"Parts": parts},
            ChecksumType="COMPOSITE",
            MpuObjectSize=self._source.size,
            **self._wishes.condition(),
        )
        return str(answer["ETag"])

    def _read_back(self, tag: str) -> None:
        """Hold what S3 tells of the object against what was sent.

        Raises:
            DamagedError: It is something else.
        """
        told = self._told()
        if told is None or told["ETag"] != tag:
            # It may not be seen, or somebody has written another one since.
            return
        if self._is_same(told) is False:
            what = "S3 holds other bytes than were sent."
            raise DamagedError(Problem(what, str(self._place), "Remove it, and send it again."))

    def _there(self) -> Outcome | None:
        """Return what is there already; None: nothing, or it may not be seen."""
        told = self._told()
        if told is None:
            return None
        return Outcome.SAME if self._is_same(told) else Outcome.THERE

    def _is_same(self, told: Mapping[str, Any]) -> bool | None:
        """Return whether an object is this one; None: S3 keeps no such checksum of it."""
        if told["ContentLength"] != self._source.size:
            return False
        # HEAD may tell a composite checksum with the number of parts behind it.
        checksum, _, count = str(told.get("ChecksumSHA256", "")).partition("-")
        if not checksum:
            return None
        if not count and told.get("ChecksumType") != "COMPOSITE":
            return checksum == written(self._source.sha256())
        return checksum == composite([self._digests.of(each) for each in self._parts])

    def _told(self) -> Mapping[str, Any] | None:
        try:
            answer = self._client.head_object(**self._where, ChecksumMode="ENABLED")
        except Exception as error:
            if not is_no_object(error) and not is_denied(error):
                raise
            return None
        return dict(answer)

    def _find(self) -> Found:
        return find_uploads(self._client, self._place, self._source, self._parts, self._digests)

    def _abort(self, uploads: Sequence[str]) -> None:
        for each in uploads:
            abort_upload(self._client, self._place, each)
