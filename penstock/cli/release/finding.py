"""From what a user calls a release to its bytes and its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.release.store import ReleaseStore

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Found:
    """An archive.

    Attributes:
        content: Its bytes.
        where: Its place.
        digest: What was asked for; empty: a place was.
    """

    content: bytes
    where: str
    digest: str = ""


def find_archive(what: str, environment: str | None, file: str | None) -> Found:
    """Read an archive.

    Args:
        what: A file, an address on S3, or a digest.
        environment: Whose releases have that digest, or in whose Region S3 is asked.
        file: The file that names the environment.

    Raises:
        RequestError: There is no such archive.
        ServiceError: S3 refused.
    """
    digest = _DIGEST.fullmatch(what)
    if digest is not None and not Path(what).exists():
        if environment is None:
            remedy = "Name the environment that keeps it: --env NAME."
            raise RequestError(Problem("a digest alone says no place.", what, remedy))
        store = store_of(environment, file)
        place = store.place(digest[1])
        return Found(store.fetch(place), place, digest[1])
    if what.startswith("s3://"):
        from penstock.release.store import ReleaseStore

        region = "" if environment is None else _region(environment, file)
        return Found(ReleaseStore(what, region).fetch(what), what)
    from penstock.release.verifying import read_archive

    return Found(read_archive(Path(what)), what)


def store_of(environment: str, file: str | None) -> ReleaseStore:
    """Return where an environment keeps releases.

    Raises:
        RequestError: There is no such environment, or it keeps none.
    """
    from penstock.environments import load_environments
    from penstock.release.store import ReleaseStore

    environments = load_environments(file)
    found = environments.get(environment)
    if not found.releases:
        remedy = "Name the place: releases: s3://BUCKET/PREFIX."
        place = environments.place(environment, "releases")
        raise RequestError(Problem(f"{environment} keeps no releases.", place, remedy))
    return ReleaseStore(found.releases, found.region)


def _region(environment: str, file: str | None) -> str:
    from penstock.environments import load_environments

    return load_environments(file).get(environment).region
