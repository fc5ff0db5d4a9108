"""What CI hands to the delivery pipelines: which release, and its templates."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.clients import open_client
from infra.runtime.codepipeline_job import Job
from infra.runtime.errors import Refused
from infra.runtime.storage import Storage

NAMED = "release.json"
MOST_BYTES = 64 << 20
MOST_MEMBERS = 1_000
_REMEDY = "Let CI deliver the release again."


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was handed over.

    Attributes:
        release: SHA-256 of the release, as it says.
        templates: Files below `templates/`, by path.
        where: Its place, for messages.
    """

    release: str
    templates: Mapping[str, bytes]
    where: str


def fetch_delivery(job: Job) -> Delivery:
    """Return what the Source action of a job's pipeline found.

    Raises:
        Refused: There is none, or it is not as it has to be.
    """
    if not job.artifact:
        raise Refused("the action has no input artifact.", f"job {job.id}", "Give it Source's.")
    content = Storage(open_client("s3", credentials=job.credentials)).read(job.artifact, MOST_BYTES)
    if content is None:
        raise Refused("there is no such artifact.", job.artifact, _REMEDY)
    return read_delivery(content, job.artifact)


def read_delivery(content: bytes, where: str) -> Delivery:
    """Return what the bytes of a zip hold; nothing is written anywhere.

    Raises:
        Refused: It is no zip, too large, holds other files, or names no release.
    """
    files = _members(content, where)
    others = sorted(path for path in files if path != NAMED and not path.startswith("templates/"))
    if others:
        raise _wrong(f"it has no place for {', '.join(map(repr, others[:5]))}", where)
    try:
        told = json.loads(files[NAMED])
    except KeyError:
        raise _wrong(f"it has no {NAMED}", where) from None
    except (ValueError, RecursionError):
        raise _wrong(f"its {NAMED} is no JSON", where) from None
    if not isinstance(told, dict) or not isinstance(told.get("release"), str):
        raise _wrong(f"its {NAMED} names no release", where)
    templates = {path: each for path, each in files.items() if path != NAMED}
    return Delivery(told["release"], templates, where)


def _members(content: bytes, where: str) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise _wrong(f"it has more than {MOST_MEMBERS:,} files", where)
            left = MOST_BYTES
            for member in members:
                if member.filename in files:
                    raise _wrong(f"{member.filename!r} is there twice", where)
                with archive.open(member) as stream:
                    # What the header says of the size is not believed.
                    found = stream.read(left + 1)
                left -= len(found)
                if left < 0:
                    raise _wrong(f"it grows beyond {MOST_BYTES:,} bytes", where)
                files[member.filename] = found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _wrong(f"it cannot be read ({str(error).rstrip('.')})", where) from None
    return files


def _wrong(what: str, where: str) -> Refused:
    return Refused(f"this is no delivery: {what}.", where, _REMEDY)
