"""The rows of an execution in an account: where its jobs can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli.home import HOME
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.uploading import Uploads
    from penstock.environments import Environment
    from penstock.use_case import UseCase

_TAKES_GENERATED = ("local", "dev")
"""Kinds of environments whose executions may look at generated rows."""


def reachable_source(
    given: str | None,
    use_case: UseCase,
    environment: Environment,
    uploads: Uploads,
    notes: list[str],
) -> str | None:
    """Return the address of the rows; None: that of the use case.

    Rows that the use case's generator writes are uploaded, once, for development alone.

    Args:
        given: By the user.
        notes: Is told of generated rows.

    Raises:
        RequestError: They are on this machine, or there are none.
        ServiceError: S3 refused or did not answer.
    """
    address = given or use_case.source.uri
    if "://" in address and not address.startswith(("file:", "sqlite:")):
        return given
    if address:
        raise RequestError(
            Problem(
                f"jobs in an account cannot read {address}, which is on this machine.",
                "--source" if given else f"source.uri of {use_case.name}",
                "Upload it, and name its address: --source s3://...",
            )
        )
    if environment.kind not in _TAKES_GENERATED:
        what = f"{use_case.name} names no source, and {environment.name} takes no generated rows."
        raise RequestError(Problem(what, "--source", "Name the address of the rows."))
    from penstock.use_case import generate_source

    rows = generate_source(use_case, (HOME / "data" / "generated").absolute())
    uploaded = uploads.folder(rows, rows.name)
    notes.append(f"the rows are generated ones, at {uploaded}")
    return uploaded
