"""Where rows come from and go to, as far as a job in an account reaches it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from penstock.data.address import Address, parse_address
from penstock.data.database.opening import check_address
from penstock.data.iceberg.naming import READING_OPTIONS, SECRETS, check_options, table_identifier
from penstock.data.sinks.opening import sink_uri
from penstock.errors import DataError, Problem

_GLOB = re.compile(r"[*?\[]")
_KINDS = "s3://, postgresql://, iceberg+glue:// or iceberg+rest://"
_OF_ONE_MACHINE = ("", "file", "sqlite", "iceberg+sqlite")
_LEVELS = 2
"""Glue's tables have a database and a name."""


@dataclass(frozen=True, slots=True, order=True)
class Files:
    """Objects of a bucket: one of this key, and all below it.

    Attributes:
        bucket: Its name.
        path: Without a slash at its end; empty: the whole bucket.
        is_folder: Whether there is no object of this very key.
        is_warehouse: Whether they are files of Iceberg: a table names those that are read, and what
            writes one asks first whether it is there.
    """

    bucket: str
    path: str
    is_folder: bool = False
    is_warehouse: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What a job asks for at an address.

    Attributes:
        files: In S3.
        tables: Of AWS Glue: Region (empty: the job's own), database and name.
        secrets: Names or ARNs in AWS Secrets Manager.
    """

    files: tuple[Files, ...] = ()
    tables: tuple[tuple[str, str, str], ...] = ()
    secrets: tuple[str, ...] = ()


def read_source(uri: str, tables: Iterable[str] = ()) -> Place:
    """Return what reading asks for.

    Args:
        uri: Address of a source.
        tables: Names of the tables of a place that holds several; none: the address names one.

    Raises:
        DataError: No job in an account reaches it, or nobody can tell what it asks for; every
            reason is told.
    """
    address = parse_address(uri)
    return _read([address.with_table(each) for each in sorted(tables)] or [address])


def read_sink(uri: str, source: str) -> Place:
    """Return what writing asks for; see `read_source`.

    Args:
        uri: Address of a sink, or `source#TABLE`.
        source: Address of the use case's source.
    """
    place = _read([parse_address(sink_uri(uri, source))])
    folders = tuple(replace(each, is_folder=True) for each in place.files)
    return Place(folders, place.tables, place.secrets)


def _read(addresses: list[Address]) -> Place:
    places: list[Place] = []
    problems: list[Problem] = []
    for address in addresses:
        try:
            places.append(_place(address))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(list(dict.fromkeys(problems)))
    return Place(
        tuple(dict.fromkeys(each for place in places for each in place.files)),
        tuple(dict.fromkeys(each for place in places for each in place.tables)),
        tuple(dict.fromkeys(each for place in places for each in place.secrets)),
    )


def _place(address: Address) -> Place:
    match address.scheme:
        case "s3":
            return Place((_files(address.place),))
        case "postgresql":
            check_address(address)
            return Place(secrets=tuple(_secrets(address, "password")))
        case "iceberg+glue":
            return _glue(address)
        case "iceberg+rest":
            check_options(address, *READING_OPTIONS, "mode")
            return Place(_warehouse(address), secrets=tuple(_secrets(address, *SECRETS)))
    if address.scheme in _OF_ONE_MACHINE:
        what = f"no job in AWS reaches {address}, which is on one machine."
    else:
        what = f"the scheme {address.scheme!r} is unknown."
    raise DataError(Problem(what, "", f"Name a place of {_KINDS}."))


def _glue(address: Address) -> Place:
    check_options(address, *READING_OPTIONS, "mode")
    named, files = table_identifier(address), _warehouse(address)
    problems = []
    if "profile" in address.options:
        what = "the option 'profile' names one of a shell, and a job has its role alone."
        problems.append(Problem(what, "", "Leave it out."))
    if len(named) != _LEVELS:
        what = f"{address.table!r} is no table of AWS Glue."
        problems.append(Problem(what, "", "Write #DATABASE.TABLE."))
    if not files:
        what = "the table's files are somewhere in S3, and the address does not say where."
        problems.append(Problem(what, "", "Add ?warehouse=s3://BUCKET/PREFIX, below which it is."))
    if problems:
        raise DataError(problems)
    return Place(files, ((address.options.get("region", ""), named[0], named[1]),))


def _warehouse(address: Address) -> tuple[Files, ...]:
    scheme, _, place = address.options.get("warehouse", "").partition("://")
    if scheme != "s3":
        return ()
    return (Files(*_split(place), is_folder=True, is_warehouse=True),)


def _files(place: str) -> Files:
    found = _GLOB.search(place)
    if found is None:
        return Files(*_split(place))
    return Files(*_split(place[: found.start()].rpartition("/")[0]), is_folder=True)


def _split(place: str) -> tuple[str, str]:
    bucket, _, path = place.partition("/")
    return bucket, path.strip("/")


def _secrets(address: Address, *options: str) -> Iterator[str]:
    """Yield the secrets that options refer to; a slash may be a name's own or stand before a field.

    Raises:
        DataError: One is a variable, which jobs do not have.
    """
    for option in options:
        kind, _, name = address.options.get(option, "").partition(":")
        if kind == "env":
            what = f"the {option} is in the variable {name}, which no job in AWS has."
            remedy = f"Keep it in AWS Secrets Manager: ?{option}=aws:SECRET or aws:SECRET/FIELD."
            raise DataError(Problem(what, "", remedy))
        if kind == "aws":
            yield name
            holder = name.rpartition("/")[0]
            if holder and not (name.startswith("arn:") and ":secret:" not in holder):
                yield holder
