"""Sends a file or bytes to S3: in one request where they are small, else in parts."""

from __future__ import annotations

from typing import Any

from penstock.data.aws.failures import is_there_already
from penstock.data.aws.transfers.checksums import written
from penstock.data.aws.transfers.failures import SENDINGS, is_damaged_on_its_way
from penstock.data.aws.transfers.large_upload import LargeUpload
from penstock.data.aws.transfers.movement import Watch
from penstock.data.aws.transfers.parts import SIZES, Sizes
from penstock.data.aws.transfers.place import Place
from penstock.data.aws.transfers.recorded import DIGEST
from penstock.data.aws.transfers.source import Source
from penstock.data.aws.transfers.wishes import ANYHOW, Outcome, Wishes


def send(
    client: Any,
    source: Source,
    place: Place,
    wishes: Wishes = ANYHOW,
    *,
    sizes: Sizes = SIZES,
    watch: Watch | None = None,
) -> Outcome:
    """Bring bytes to S3.

    Args:
        client: Of S3; several threads use it.
        source: What is sent.
        place: Where to.
        wishes: How it shall be there.
        sizes: From what size on it is cut, and how.
        watch: Is told of each part that is there; not of what travels in one request.

    Raises:
        Exception: What boto3 raises; `penstock.data.aws.failures.translated` tells it.
        RequestError: It is larger than S3 takes.
        WorkError: It changed meanwhile; the upload is given up.
        DamagedError: S3 holds other bytes than were sent.
        ServiceError: Others keep writing to the same key.
        InterruptedTransferError: The user stopped it; what is there stays for the next run.
    """
    if not sizes.is_large(source.size):
        return _send_whole(client, source, place, wishes)
    return LargeUpload(client, source, place, wishes, sizes, watch).run()


def _send_whole(client: Any, source: Source, place: Place, wishes: Wishes) -> Outcome:
    digest = source.sha256()
    given: dict[str, Any] = {
        **wishes.condition(),
        **wishes.headers(),
        "ChecksumSHA256": written(digest),
    }
    if wishes.digest:
        given["Metadata"] = {DIGEST: digest.hex()}
    for left in reversed(range(SENDINGS)):
        try:
            client.put_object(Bucket=place.bucket, Key=place.key, Body=source.body(), **given)
        except Exception as error:
            if wishes.once and is_there_already(error):
                return Outcome.THERE
            if not left or not is_damaged_on_its_way(error):
                raise
            source.require_unchanged()
        else:
            break
    return Outcome.SENT
