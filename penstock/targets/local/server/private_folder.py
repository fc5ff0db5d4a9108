"""The folder of the server's socket, which nobody else can enter."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = "lock"


class UnavailableError(Exception):
    """A warm server cannot be had; the reason is its text. Jobs then run as plain processes."""


def private_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder: below XDG_RUNTIME_DIR, else below the user's cache.

    Raises:
        UnavailableError: The user has no home.
    """
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/"):
        return Path(runtime) / "penstock"
    cache = environment.get("XDG_CACHE_HOME", "")
    try:
        base = Path(cache) if cache.startswith("/") else Path.home() / ".cache"
    except RuntimeError as error:
        raise UnavailableError("the user has no home") from error
    return base / "penstock" / f"server-{os.getuid()}"


@contextmanager
def entered(folder: Path, *, make: bool) -> Iterator[int | None]:
    """Give a descriptor of the folder, or None where there is none and none is to be made.

    Raises:
        UnavailableError: It cannot be made, or others could enter it.
    """
    try:
        if make:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise UnavailableError(f"{folder} cannot be used: {error}") from error
    try:
        facts = os.fstat(descriptor)
        if facts.st_uid != os.getuid() or stat.S_IMODE(facts.st_mode) & 0o077:
            raise UnavailableError(f"{folder} is open to others; its mode has to be 0700")
        yield descriptor
    finally:
        os.close(descriptor)


def socket_name(name: str) -> str:
    """Return the file name of a server's socket."""
    return f"{name}.sock"


def log_name(name: str) -> str:
    """Return the file name of a server's log."""
    return f"{name}.log"


def socket_address(folder: int, name: str) -> str:
    """Return an address below 108 bytes, however long the folder's path is."""
    return f"/proc/self/fd/{folder}/{socket_name(name)}"


@contextmanager
def locked(folder: int) -> Iterator[None]:
    """Let nobody else bind or remove a socket in the folder meanwhile."""
    import fcntl

    descriptor = os.open(LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
