"""Opens the catalog of an address: SQLite in a folder, AWS Glue, or a REST catalog."""

from __future__ import annotations

import contextlib
import difflib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.address import Address
from penstock.data.iceberg.failures import translated
from penstock.data.iceberg.naming import SECRETS, table_identifier
from penstock.data.tree import aside_name
from penstock.errors import DataError, Problem

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

CATALOG_FILE = "catalog.db"
CATALOG_NAME = "penstock"
LOCK_SECONDS = 60
"""How long a process waits for another one's commit to a SQLite catalog."""
CONNECT_SECONDS = 10
REQUEST_SECONDS = 60
SERVICE_ATTEMPTS = 4
_TABLES_NAMED = 10


@contextlib.contextmanager
def opened_catalog(address: Address, *, create: bool = False) -> Iterator[Catalog]:
    """Open the catalog of an address and close it again; errors inside are told in our words.

    Args:
        address: `iceberg+sqlite:///FOLDER`, `iceberg+glue://` or `iceberg+rest://HOST`.
        create: Make a SQLite catalog that is not there.

    Raises:
        DataError: There is no catalog at this place.
        ServiceError: The catalog refused or could not be reached.
    """
    with translated(str(address)):
        catalog = _OPENERS[address.scheme](address, create)
        try:
            yield catalog
        finally:
            catalog.close()


def load_table(catalog: Catalog, address: Address) -> Table:
    """Return the table of an address.

    Raises:
        DataError: It is not there; names the nearest ones.
    """
    from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

    identifier = table_identifier(address)
    try:
        return catalog.load_table(identifier)
    except (NoSuchTableError, NoSuchNamespaceError) as error:
        name = ".".join(identifier)
        raise DataError(
            Problem(
                f"the catalog has no table {name}.",
                str(address),
                _others(catalog, identifier[:-1], name),
            )
        ) from error


def _others(catalog: Catalog, namespace: tuple[str, ...], wanted: str) -> str:
    from pyiceberg.exceptions import NoSuchNamespaceError

    try:
        names = sorted(".".join(identifier) for identifier in catalog.list_tables(namespace))
    except NoSuchNamespaceError:
        spaces = sorted(".".join(each) for each in catalog.list_namespaces())
        return f"Its namespaces are: {', '.join(spaces)}." if spaces else "It has none at all."
    near = difflib.get_close_matches(wanted, names, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"It has: {', '.join(names[:_TABLES_NAMED])}." if names else "It has none there."


def _open_sqlite(address: Address, create: bool) -> Catalog:
    folder = Path(address.place)
    if not folder.is_absolute():
        raise DataError(
            Problem(
                f"the folder {address.place!r} is not absolute, so that every job would look for "
                "it somewhere else.",
                str(address),
                f"Write iceberg+sqlite://{folder.absolute()}.",
            )
        )
    file = folder / CATALOG_FILE
    if not file.exists():
        if not create:
            raise DataError(
                Problem(
                    f"there is no Iceberg catalog: {CATALOG_FILE} is missing.",
                    str(address),
                    "Append a batch to make one (pipeline data new-batch), or mend the folder.",
                )
            )
        _make_sqlite(file)
    return _sqlite_catalog(file)


def _sqlite_catalog(file: Path) -> Catalog:
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy import URL

    uri = URL.create("sqlite", database=str(file), query={"timeout": str(LOCK_SECONDS)})
    return SqlCatalog(
        CATALOG_NAME,
        uri=uri.render_as_string(hide_password=False),
        warehouse=str(file.parent),
        **_storage_properties(),
    )


def _make_sqlite(file: Path) -> None:
    # Made aside and linked into place: two processes that make the tables of one catalog at the
    # same time would fail one another.
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = aside_name(file)
    try:
        sqlite3.connect(aside).close()
        _sqlite_catalog(aside).close()
        with contextlib.suppress(FileExistsError):
            os.link(aside, file)
    finally:
        aside.unlink(missing_ok=True)


def _open_glue(address: Address, create: bool) -> Catalog:  # noqa: ARG001  # Glue is always there
    import boto3
    from botocore.config import Config
    from pyiceberg.catalog.glue import GlueCatalog

    options = address.options
    region = options.get("region") or _region()
    session = boto3.Session(profile_name=options.get("profile"), region_name=region)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=REQUEST_SECONDS,
        retries={"max_attempts": SERVICE_ATTEMPTS, "mode": "standard"},
    )
    properties = {"s3.region": region}
    if "warehouse" in options:
        properties["warehouse"] = options["warehouse"]
    credentials = session.get_credentials() if "profile" in options else None
    if credentials is not None:
        # Arrow's client of S3 knows no profiles, but the keys of one.
        keys = credentials.get_frozen_credentials()
        named = ("access-key-id", keys.access_key), ("secret-access-key", keys.secret_key)
        for name, key in (*named, ("session-token", keys.token)):
            if key:
                properties[f"s3.{name}"] = key
    client = session.client("glue", config=config)
    return GlueCatalog(CATALOG_NAME, client, **{**_storage_properties(), **properties})


def _open_rest(address: Address, create: bool) -> Catalog:  # noqa: ARG001  # the server's to make
    from penstock.data.iceberg.rest import PatientRestCatalog

    options = address.options
    properties = {name: options[name] for name in ("warehouse",) if name in options}
    for name in SECRETS:
        if name in options:
            from penstock.data.secrets import resolve_secret

            properties[name] = resolve_secret(options[name])
    if "region" in options:
        properties["s3.region"] = options["region"]
    uri = f"{options.get('scheme', 'https')}://{address.place}"
    return PatientRestCatalog(CATALOG_NAME, uri=uri, **{**_storage_properties(), **properties})


_OPENERS: dict[str, Callable[[Address, bool], Catalog]] = {
    "iceberg+sqlite": _open_sqlite,
    "iceberg+glue": _open_glue,
    "iceberg+rest": _open_rest,
}


def _storage_properties() -> dict[str, str]:
    """Return where S3 is, as `penstock.data.sources.s3.client` finds it."""
    properties = {
        "s3.connect-timeout": str(CONNECT_SECONDS),
        "s3.request-timeout": str(REQUEST_SECONDS),
        "s3.region": _region(),
    }
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        properties["s3.endpoint"] = endpoint
    return properties


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def pause(attempt: int) -> None:
    """Wait before the next attempt: 50 ms doubled each time, at most 3 s, spread at random."""
    time.sleep(min(0.05 * 2**attempt, 3.0) * (0.5 + os.urandom(1)[0] / 255))
