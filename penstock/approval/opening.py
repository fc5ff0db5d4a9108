"""From addresses to approvals."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from penstock.approval.chain import Chain
from penstock.approval.decisions import LedgerApprovals
from penstock.approval.ledger.port import Ledger
from penstock.approval.port import Approvals
from penstock.approval.reading import Reader
from penstock.approval.registry_seal import RegistrySeal
from penstock.approval.rules import RULES_FILE, Rules
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.port import Signer
from penstock.approval.signing.trust import Trust, TrustedKey
from penstock.approval.writing import Writer
from penstock.errors import Problem, RequestError
from penstock.registry import Registry, default_uri, open_registry

HOME = Path(".penstock/approvals")
"""Where decisions about a registry that is no file here are kept."""

LEDGER, KEYS = "PENSTOCK_LEDGER", "PENSTOCK_KEYS"
"""Environment variables that name another ledger, and another folder of keys."""


def open_approvals(
    registry: Registry | str | None = None,
    ledger: str = "",
    rules: Path | None = None,
    keys: Path | None = None,
    *,
    clock: Callable[[], datetime] | None = None,
) -> Approvals:
    """Open approvals. Nothing is made before the first decision.

    Args:
        registry: A registry or its address; None: the one that `MLFLOW_TRACKING_URI` names, or the
            local one.
        ledger: Its address; empty: what `PENSTOCK_LEDGER` names, or `approvals/ledger.db` beside an
            embedded registry, else below `.penstock/`.
        rules: The file of rules; None: `approvals.yaml` in the working directory where there is
            one, else one stage `local` with one approver.
        keys: Folder of the signing key and of the ledger's anchor; None: what `PENSTOCK_KEYS`
            names, or `approvals/keys` beside an embedded registry, else below `.penstock/`.
        clock: Tells the present instant in UTC; None: that of this machine.

    Raises:
        RequestError: An address is of no known kind, or the rules are wrong (every problem is
            listed).
    """
    in_force = _rules(rules)
    if registry is None or isinstance(registry, str):
        registry = open_registry(registry or default_uri())
    home = HOME if registry.database is None else registry.database.parent / "approvals"
    key_files = KeyFiles(keys or Path(os.environ.get(KEYS) or home / "keys"))
    place = ledger or os.environ.get(LEDGER) or f"sqlite:///{home / 'ledger.db'}"
    store, signer = open_ledger(place, key_files)

    def trust() -> Trust:
        return Trust(in_force.keys or [TrustedKey(signer.key)])

    reader = Reader(registry, Chain(store, trust), in_force, clock or utc_now)
    database = registry.database if signer is key_files else None
    seal = RegistrySeal(database, key_files) if database is not None else None
    writer = Writer(reader, store, signer, trust, seal)
    return LedgerApprovals(reader, writer, seal)


def open_ledger(address: str, keys: KeyFiles) -> tuple[Ledger, Signer]:
    """Open a ledger and the signer that belongs to its kind.

    Args:
        address: `sqlite:///PATH/ledger.db`, or `dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY` for
            records in DynamoDB and S3 that a key of KMS signs.
        keys: The keys of this machine.

    Raises:
        RequestError: No adapter can open such an address.
    """
    scheme, _, path = address.partition(":///")
    if scheme == "sqlite" and path:
        from penstock.approval.ledger.sqlite import SqliteLedger

        return SqliteLedger(Path(path), keys), keys
    if address.startswith("dynamodb://"):
        from penstock.approval.ledger.dynamodb import DynamodbLedger
        from penstock.approval.signing.kms import KmsSigner

        store = DynamodbLedger(address)
        return store, KmsSigner(store.place.key, store.place.region)
    raise RequestError(
        Problem(
            f"the ledger {address!r} is of no known kind.",
            remedy="Use sqlite:///PATH, or dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY.",
        )
    )


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def _rules(file: Path | None) -> Rules:
    if file is None and not Path(RULES_FILE).is_file():
        return Rules()
    from penstock.approval.rules_file import load_rules

    return load_rules(file or Path(RULES_FILE))
