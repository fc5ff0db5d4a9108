"""ARNs of model packages and of executions, taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.runtime.errors import Refused

_PACKAGE = re.compile(
    r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):(\d{12}):model-package/([a-zA-Z0-9-]{1,63})/(\d{1,9})"
)
_EXECUTION = re.compile(
    r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):(\d{12}):pipeline/([a-zA-Z0-9-]{1,256})"
    r"/execution/([a-z0-9]{12})"
)


@dataclass(frozen=True, slots=True)
class PackageArn:
    """Which version of a group, in which account.

    Attributes:
        group: As the ARN writes it: in small letters.
    """

    region: str
    account: str
    group: str
    version: int


@dataclass(frozen=True, slots=True)
class ExecutionArn:
    """Which execution of a pipeline, in which account; `pipeline` is in small letters."""

    region: str
    account: str
    pipeline: str
    execution: str


def package_arn(arn: str) -> PackageArn:
    """Return what the ARN of a versioned model package names.

    Raises:
        Refused: It is none.
    """
    found = _PACKAGE.fullmatch(arn)
    if found is None:
        raise Refused("this is no ARN of a model package of a group.", arn or "(empty)")
    return PackageArn(found[1], found[2], found[3].lower(), int(found[4]))


def execution_arn(arn: str) -> ExecutionArn:
    """Return what the ARN of a pipeline's execution names.

    Raises:
        Refused: It is none.
    """
    found = _EXECUTION.fullmatch(arn)
    if found is None:
        raise Refused("this is no ARN of an execution of a pipeline.", arn or "(empty)")
    return ExecutionArn(found[1], found[2], found[3].lower(), found[4])


def require_group(package: str, group: str) -> None:
    """Refuse a model that comes to the way to prod of another use case.

    Args:
        package: ARN of a versioned model package.
        group: That the way to prod is for.

    Raises:
        Refused: It is of another group, or no such ARN.
    """
    found = package_arn(package).group
    if found != group.lower():
        raise Refused(
            f"it is a model of the group {found!r}, and this is the way to prod of {group!r}.",
            package,
            "Approve it again: its own way to prod starts when pre-prod has passed it.",
        )


def group_of(groups: Mapping[str, str], use_case: str) -> str:
    """Return the group of a use case.

    Args:
        groups: Use cases by group.
        use_case: Such as `fraud`.

    Raises:
        Refused: There is none, or there are several.
    """
    found = sorted(group for group, name in groups.items() if name == use_case)
    if len(found) != 1:
        known = ", ".join(sorted(set(groups.values()))) or "none"
        what = f"{len(found)} model groups belong to the use case {use_case!r}."
        raise Refused(what, "PENSTOCK_GROUPS", f"Use one of: {known}.")
    return found[0]
