"""What jobs may do where rows come from and decisions go to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from infra.cdk.access.multipart import MULTIPART, find_unfinished
from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, bucket_arn
from infra.cdk.places import Files, Place
from infra.cdk.statements import Conditions, Statement, allow

_READ_TABLE = ("glue:GetTable",)
_WRITE_TABLE = ("glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable")
_RANDOM = "-??????"
"""What AWS Secrets Manager adds to a secret's name (User Guide, "IAM policy examples")."""


def row_statements(inputs: Inputs, names: Names) -> list[Statement]:
    """Return what the jobs of an environment may do at the addresses of its use cases.

    Decisions of a trial go below the environment's own artifacts, so only prod writes live sinks.
    """
    sources, sinks = inputs.source_places(names), inputs.sink_places(names)
    statements = [
        *file_statements("Sources", _files(sources), write=False),
        *file_statements("Sinks", _files(sinks), write=True),
        *_tables("SourceTables", names, sources, _READ_TABLE),
        *_tables("SinkTables", names, sinks, _WRITE_TABLE),
    ]
    secrets = sorted({each for place in (*sources, *sinks) for each in place.secrets})
    if secrets:
        arns = [secret_arn(names, each) for each in secrets]
        statements.append(allow("Secrets", ["secretsmanager:GetSecretValue"], arns))
    return statements


def snapshot_statements(inputs: Inputs, names: Names) -> Iterator[Statement]:
    """Yield what telling the current snapshots of tables in AWS Glue takes."""
    places = [each for each in inputs.source_places(names) if each.tables]
    # Between the warehouse and a table's metadata are folders, or none where it is the table's own.
    state = [
        f"{bucket_arn(each.bucket)}/{_below(each)}{between}metadata/*"
        for each in _files(places)
        for between in ("*/", "")
    ]
    yield from _tables("SourceTables", names, places, _READ_TABLE)
    if state:
        yield allow("SourceStates", ["s3:GetObject"], state)


def file_statements(sid: str, files: Sequence[Files], *, write: bool) -> Iterator[Statement]:
    """Yield statements on objects and on the lists of their buckets.

    As few as can be: a role's policy has to fit (`safety.policies_fit`). Nothing is removed: what a
    job leaves over stays. Whether a key is there S3 tells nobody whose lists are narrowed to a
    prefix, as such a question has none.
    """
    if not files:
        return
    actions = ["s3:GetObject", *([*MULTIPART, "s3:PutObject"] if write else [])]
    yield allow(sid, actions, [arn for each in files for arn in object_arns(each)])
    for index, bucket in enumerate(dict.fromkeys(each.bucket for each in files)):
        number = index or ""
        here = [each for each in files if each.bucket == bucket]
        listed = [each for each in here if write or not each.is_warehouse]
        if listed:
            listing = _listing(listed, write=write)
            yield allow(f"{sid}List{number}", ["s3:ListBucket"], [bucket_arn(bucket)], listing)
        if write and not all(each.is_warehouse for each in here):
            yield find_unfinished(f"{sid}Unfinished{number}", bucket)


def _listing(files: Sequence[Files], *, write: bool) -> Conditions | None:
    """Return what narrows the list of a bucket; None: nothing."""
    if not all(each.path for each in files):
        return None
    asked = any(each.is_warehouse for each in files)
    # Of an address that may be an object's: where both are there, the reader refuses.
    own = [each.path for each in files if not each.is_folder and not write]
    prefixes = [f"{_below(each)}*" for each in files] + own
    return {"StringLikeIfExists" if asked else "StringLike": {"s3:prefix": prefixes}}


def object_arns(files: Files) -> list[str]:
    """Return the ARNs of objects, as patterns."""
    own = [] if files.is_folder or not files.path else [files.path]
    return [f"{bucket_arn(files.bucket)}/{each}" for each in (f"{_below(files)}*", *own)]


def secret_arn(names: Names, secret: str) -> str:
    """Return the ARN of a secret that is given by its name or its ARN."""
    if secret.startswith("arn:"):
        return secret
    return names.arn("secretsmanager", f"secret:{secret}{_RANDOM}")


def _below(files: Files) -> str:
    return f"{files.path}/" if files.path else ""


def _files(places: Iterable[Place]) -> list[Files]:
    return sorted({each for place in places for each in place.files})


def _tables(
    sid: str, names: Names, places: Iterable[Place], actions: Sequence[str]
) -> Iterator[Statement]:
    """Yield a statement on tables of AWS Glue: on the catalog and the databases above them too."""
    arns = []
    for region, database, table in {each for place in places for each in place.tables}:
        there = names.in_region(region) if region else names
        resources = ("catalog", f"database/{database}", f"table/{database}/{table}")
        arns += [there.arn("glue", each) for each in resources]
    if arns:
        yield allow(sid, actions, arns)
