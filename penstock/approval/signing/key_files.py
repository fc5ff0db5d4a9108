"""The signing key of this machine: an Ed25519 key pair in two files."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.tree import aside_name
from penstock.errors import ApprovalError, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE, PUBLIC = "signing.key", "signing.pub"
_FIRST_LINE, _SEED_BYTES = "-----BEGIN PRIVATE KEY-----", 32
_RESTORE = "Restore the folder of keys from a backup."


class KeyFiles:
    """A signer whose key lies in a folder; it is made on the first signature.

    `signing.key` holds the private key (PEM, PKCS 8, readable by its owner alone), `signing.pub`
    the public one as `Signer.key` gives it. Both are compared whenever the private one can be read:
    a changed byte in either is told.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def key(self) -> str:
        """See `Signer.key`; the key is made where there is none."""
        return self.public() or self._made()

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        if self.public() is None:
            self._made()
        private = self._private()
        if private is None:
            where = str(self.folder / PRIVATE)
            raise ApprovalError(Problem("the signing key is missing.", where, _RESTORE))
        return private.sign(message)

    def public(self) -> str | None:
        """Return the public key, or None where no key was made yet.

        Raises:
            ApprovalError: A key is damaged, readable for others, or does not belong to the other.
        """
        file = self.folder / PUBLIC
        private = self._private()
        if private is None and not file.is_file():
            return None
        told = file.read_text(encoding="ascii", errors="replace") if file.is_file() else ""
        if private is not None:
            made = _public_text(private)
            if not told:
                self._write(PUBLIC, f"{made}\n".encode(), 0o644)
            elif told != f"{made}\n":
                what = f"the signing key does not belong to {PUBLIC}: one of them was altered."
                raise ApprovalError(Problem(what, str(self.folder / PRIVATE), _RESTORE))
            return made
        return _checked(told, file)

    def _private(self) -> Ed25519PrivateKey | None:
        file = self.folder / PRIVATE
        try:
            content = file.read_bytes()
        except (FileNotFoundError, PermissionError):
            return None
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            what = "the signing key can be read by others than its owner."
            raise ApprovalError(Problem(what, str(file), f"Take their rights: chmod 600 {file}"))
        private = _read_pem(content)
        if private is None:
            raise ApprovalError(Problem("the signing key is damaged.", str(file), _RESTORE))
        return private

    def _made(self) -> str:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(PRIVATE, _pem(Ed25519PrivateKey.generate()), 0o600)
        made = self.public()
        assert made is not None  # noqa: S101  # it was written in the line above
        return made

    def _write(self, name: str, content: bytes, mode: int) -> None:
        """Write a file that is not there yet; of several writers the first one's stays."""
        target = self.folder / name
        aside = aside_name(target)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(aside, target)
        except FileExistsError:
            pass
        finally:
            aside.unlink(missing_ok=True)


def _checked(told: str, file: Path) -> str:
    from penstock.approval.signing.verifying import is_key

    if not told.endswith("\n") or not is_key(told[:-1]):
        raise ApprovalError(Problem("the public key is damaged.", str(file), _RESTORE))
    return told[:-1]


def _public_text(private: Ed25519PrivateKey) -> str:
    return f"ed25519:{base64.b64encode(private.public_key().public_bytes_raw()).decode()}"


def _read_pem(content: bytes) -> Ed25519PrivateKey | None:
    """Return the key of a file that `_pem` wrote, and of no other form of it.

    OpenSSL's readers take many forms, and fail on damaged ones in more ways than can be listed.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from penstock.approval.signing.verifying import exact_base64

    lines = content.decode("ascii", errors="replace").split("\n")
    if len(lines) != 4 or lines[0] != _FIRST_LINE:
        return None
    seed = (exact_base64(lines[1]) or b"")[-_SEED_BYTES:]
    if len(seed) != _SEED_BYTES:
        return None
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private if _pem(private) == content else None


def _pem(private: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
