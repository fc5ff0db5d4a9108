"""The Region of the file against the services' and the shell's."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.inspection.finding import Finding


def region(named: str, place: str) -> Iterator[Finding]:
    """Say whether SageMaker is in a Region, and whether the shell is set to another one.

    Args:
        named: What the file says; every call goes there.
        place: `file:line` of it.
    """
    import boto3

    session = boto3.session.Session()
    partitions = session.get_available_partitions()
    known = [
        each for part in partitions for each in session.get_available_regions("sagemaker", part)
    ]
    if named not in known:
        yield Finding(
            "region",
            "warning",
            f"boto3 {boto3.__version__} knows no SageMaker in {named}",
            f"Look at {place}; a new Region needs a newer boto3.",
        )
    elif session.region_name not in (None, named):
        yield Finding(
            "region",
            "warning",
            f"the file says {named}, this shell {session.region_name}",
            "Commands use the file's; other tools of this shell do not.",
        )
    else:
        yield Finding("region", "ok", named)
