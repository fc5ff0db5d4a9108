"""Sessions of boto3, shared by the clients that a process opens.

Whoever signs in through a role, SSO or a second factor is asked once, not for each client; and a
session takes as long to make as a client.
"""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path
from typing import Any

_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}

_ONE_AT_A_TIME = threading.Lock()
"""A session makes no two clients at once; the clients may be used by several threads."""


def make_client(service: str, region: str, settings: Any) -> Any:
    """Return a client as the environment variables and the files of AWS say at this moment.

    Args:
        service: As boto3 calls it.
        region: Empty: that of the environment or the profile.
        settings: A `botocore.config.Config`.

    Raises:
        Exception: Whatever boto3 raises.
    """
    with _ONE_AT_A_TIME:
        session = _session(region, frozenset(os.environ.items()), *map(_state, _FILES))
        return session.client(service, config=settings)


@functools.lru_cache(maxsize=4)
def _session(region: str, *_: object) -> Any:
    """Return a session; what it reads once, and keeps, is among the arguments."""
    import boto3
    import botocore.session

    plain = botocore.session.get_session()
    plain.register_component("data_loader", _loader())
    return boto3.session.Session(region_name=region or None, botocore_session=plain)


@functools.cache
def _loader() -> Any:
    """Return what reads the services' models: once a process, they are megabytes of JSON."""
    from botocore.loaders import create_loader

    return create_loader()


def _state(variable: str) -> tuple[int, int, int] | None:
    try:
        found = Path(os.environ.get(variable, _FILES[variable])).expanduser().stat()
    except (OSError, RuntimeError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
