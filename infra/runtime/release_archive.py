"""A release out of the bucket of releases: nothing of it is read before its digest holds."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.canonical import sha256
from infra.runtime.errors import Refused
from infra.runtime.storage import Storage

MOST_BYTES = 256 << 20
MOST_MEMBERS = 10_000

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"[A-Za-z0-9._+@=,-]+")
_REMEDY = "See in the bucket's history who wrote it, and build the release again."


@dataclass(frozen=True, slots=True)
class Release:
    """What a release holds.

    Attributes:
        digest: SHA-256 of the archive, 64 hexadecimal digits.
        files: Every file by path.
        where: Where it was read, for messages.
    """

    digest: str
    files: Mapping[str, bytes]
    where: str

    @property
    def templates(self) -> Mapping[str, bytes]:
        """Files below `templates/`, by their paths in the release."""
        return {path: each for path, each in self.files.items() if path.startswith("templates/")}

    def require_image(self, image: str, where: str) -> None:
        """Refuse an image that the release does not name, if it names any.

        Args:
            image: That an account runs, `REPOSITORY@sha256:HEX`.
            where: The account, for the message.

        Raises:
            Refused: It is another one.
        """
        try:
            images = json.loads(self.files["manifest.json"]).get("images", [])
            named = {str(each).rpartition("@")[2] for each in images}
        except (KeyError, ValueError, TypeError, AttributeError):
            raise _wrong("its manifest names no images", self.where) from None
        if named and image.rpartition("@")[2] not in named:
            raise Refused(
                f"the image there is {image}, and the release {self.digest} was built with "
                f"{', '.join(sorted(map(str, images)))}.",
                where,
                "Name the release's image in environments.yaml, and deploy the workload again.",
            )

    def definition(self, pipeline: str) -> bytes:
        """Return the definition for SageMaker of a pipeline such as `fraud-training`.

        Raises:
            Refused: The release has no such pipeline.
        """
        found = self.files.get(f"definitions/sagemaker/{pipeline}.json")
        if found is None:
            raise Refused(
                f"the release has no pipeline {pipeline!r}.",
                self.where,
                "Deploy a release that has it.",
            )
        return found

    def body(self, pipeline: str) -> str:
        """Return the SHA-256 of a definition, 64 hexadecimal digits; see `definition`."""
        return sha256(self.definition(pipeline))


def fetch_release(storage: Storage, releases: str, digest: str) -> Release:
    """Return a release, every byte of which is what its digest says.

    Args:
        storage: S3 as the reader sees it.
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        digest: SHA-256 of the archive, 64 hexadecimal digits.

    Raises:
        Refused: There is no such release, its bytes are others, or it is no archive of a release.
    """
    if not _DIGEST.fullmatch(digest):
        raise Refused(
            f"{digest[:80]!r} is no digest of a release.",
            releases,
            "It has 64 hexadecimal digits.",
        )
    where = f"{releases.rstrip('/')}/{digest}.tar"
    content = storage.read(where, MOST_BYTES)
    if content is None:
        raise Refused(
            "there is no such release.", where, "Store it: pipeline release build --store."
        )
    found = sha256(content)
    if found != digest:
        raise Refused(f"this is not the release: its SHA-256 is {found}.", where, _REMEDY)
    return Release(digest, _members(content, where), where)


def _members(content: bytes, where: str) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for member in archive:
                if len(files) == MOST_MEMBERS:
                    raise _wrong(f"it has more than {MOST_MEMBERS:,} files", where)
                if not _is_welcome(member, len(content)) or member.name in files:
                    raise _wrong(f"a release has no place for its member {member.name!r}", where)
                stream = archive.extractfile(member)
                files[member.name] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _wrong(f"it cannot be read ({str(error).rstrip('.')})", where) from None
    return files


def _is_welcome(member: tarfile.TarInfo, most_bytes: int) -> bool:
    """Return whether a member is a plain file that does not grow as it is read."""
    return (
        member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
        and not member.issparse()
        and member.size <= most_bytes
        and all(_PART.fullmatch(part) and set(part) != {"."} for part in member.name.split("/"))
    )


def _wrong(what: str, where: str) -> Refused:
    return Refused(f"this is no release: {what}.", where, _REMEDY)
