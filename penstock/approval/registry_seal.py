"""Whether a registry's database was changed past our decisions, told by every byte of it.

Nothing that is in force depends on that database: what is approved stands in the ledger, and each
fact of it that the registry tells is compared. So a change of any other byte is no reason to refuse
anything; it is told, until the next decision renews the seal.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from penstock.approval.entries import instant_text
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.signed_file import read_signed, write_signed
from penstock.errors import Problem
from penstock.evidence.pack import file_sha256
from penstock.registry.mlflow.sqlite_file import opened_to_read

_FORMAT = "penstock.seal/1"
_SECONDS = 5.0


class RegistrySeal:
    """The SHA-256 of a registry's file after the last decision.

    Args:
        database: The file.
        keys: Whose folder keeps the seal, and whose key signs it.
    """

    def __init__(self, database: Path, keys: KeyFiles) -> None:
        self._database = database
        self._file = keys.folder / "registry.seal"
        self._keys = keys

    def renew(self, now: datetime) -> None:
        """Seal the file as it is; one that is not there is not sealed."""
        if self._database.is_file():
            body = {
                "format": _FORMAT,
                "at": instant_text(now),
                "database": str(self._database.absolute()),
                "sha256": file_sha256(self._database),
            }
            write_signed(self._file, body, self._keys)

    def notices(self) -> Sequence[Problem]:
        """Return what changed since the seal was renewed; empty where nothing was ever sealed."""
        if not self._file.is_file():
            return []
        key = self._keys.public()
        body = None if key is None else read_signed(self._file, key)
        if body is None or body.get("format") != _FORMAT:
            what = "the seal of the registry was altered: its signature does not hold."
            return [Problem(what, str(self._file), "The next decision renews it.")]
        if body["database"] != str(self._database.absolute()) or not self._database.is_file():
            return []
        if file_sha256(self._database) == body["sha256"]:
            return []
        damage = _damage(self._database)
        if damage:
            what = f"the registry's database is damaged: {damage}."
            return [Problem(what, str(self._database), "Restore it from a backup.")]
        # Looking for damage takes back what a killed writer left half written.
        if file_sha256(self._database) == body["sha256"]:
            return []
        return [self._changed(body)]

    def _changed(self, body: Mapping[str, Any]) -> Problem:
        what = (
            f"the registry's database was changed since {body['at']}, the last decision: by "
            "registrations, or by others."
        )
        remedy = "What is live is held to the ledger, not to it; the next decision renews the seal."
        return Problem(what, str(self._database), remedy)


def _damage(file: Path) -> str:
    """Return what SQLite itself finds wrong with a file; empty where it finds nothing."""
    try:
        with opened_to_read(file, _SECONDS) as database:
            ((found,), *_) = database.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else str(found).replace("\n", " ")
