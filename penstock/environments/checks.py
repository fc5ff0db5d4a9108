"""What has to fit together in `environments.yaml`, beyond each setting by itself."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping

from penstock.environments.kinds import (
    KINDS,
    MAXIMUM_NAME_LENGTH,
    TAG_IS_ENOUGH,
    kind_of,
    needed_settings,
)
from penstock.environments.network import SECURITY_GROUPS, SUBNETS
from penstock.environments.settings import EnvironmentSettings
from penstock.lines import Location

Unfit = tuple[Location, str, str]
"""Where, what is wrong, how to mend it."""

_VPC_PREFIXES = 16, 26
"""A VPC has at least /16 (Amazon VPC User Guide); below /26 half of it is too small for jobs, which
take two addresses for each instance."""

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def check_fit(
    environments: Mapping[str, EnvironmentSettings], wrong: Collection[tuple[str, str]] = ()
) -> Iterator[Unfit]:
    """Yield what does not fit together.

    Args:
        environments: The settings by name, without those that are wrong by themselves.
        wrong: Environment and setting of those that were left out, so that they are not told to be
            missing.
    """
    for name, settings in environments.items():
        yield from _name(name)
        yield from _needed(name, settings, wrong)
        yield from _role(name, settings)
        yield from _image(name, settings)
        yield from _key(name, settings)
        yield from _network(name, settings, wrong)
        yield from _vpc(name, settings, wrong)
        yield from _tags(name, settings)
        yield from _approvers(name, settings, wrong)
    yield from _shared_records(environments)


def _at(name: str, *setting: int | str) -> Location:
    return ("environments", name, *setting)


def _name(name: str) -> Iterator[Unfit]:
    if kind_of(name):
        return
    if len(name) > MAXIMUM_NAME_LENGTH and kind_of(name[:8].rpartition("-")[0] or name[:8]):
        what = f"the name has {len(name)} characters; at most {MAXIMUM_NAME_LENGTH} are allowed."
        yield _at(name), what, "Shorten its suffix."
        return
    near = difflib.get_close_matches(name, KINDS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    yield (
        _at(name),
        f"{name!r} is no name of an environment.",
        f"{hint}Use one of: {', '.join(KINDS)}; or one of them with a suffix, such as prod-eu.",
    )


def _needed(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    for setting in needed_settings(kind_of(name)):
        if not getattr(settings, setting) and (name, setting) not in wrong:
            what = f"the setting {setting!r} of {name} is missing."
            yield _at(name), what, f"Add `{setting}: ...`."


def _role(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    for location, who, role in (
        (("role",), "Jobs run", settings.role),
        (("schedule", "role"), "Schedules start pipelines", settings.schedule.role),
    ):
        if not role or not settings.account:
            continue
        account = role.split(":")[4]
        if account != settings.account:
            yield (
                _at(name, *location),
                f"the role is of account {account}, the environment of {settings.account}.",
                f"{who} as a role of their own account: name one.",
            )


def _image(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    if not settings.image or kind_of(name) in TAG_IS_ENOUGH or not kind_of(name):
        return
    if not _DIGEST.search(settings.image):
        yield (
            _at(name, "image"),
            f"the image {settings.image!r} of {name} is not named by its digest; what a tag means "
            "can change.",
            "Write REPOSITORY@sha256: and the 64 digits that the registry shows.",
        )


def _key(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    if settings.kms_key.startswith("arn:") and settings.region:
        region = settings.kms_key.split(":")[3]
        if region != settings.region:
            yield (
                _at(name, "kms_key"),
                f"the key is in {region}, the environment in {settings.region}.",
                "A key is used in its own Region: name one there.",
            )


def _network(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    pair = ("subnets", "security_groups")
    if any((name, setting) in wrong for setting in pair):
        return
    for one, other in (pair, pair[::-1]):
        if getattr(settings, one) and not getattr(settings, other):
            yield _at(name, one), f"{name} names {one} and no {other}.", "Name both or neither."
            return
    for setting, parameters, called in (
        ("subnets", SUBNETS, "subnet"),
        ("security_groups", SECURITY_GROUPS, "security group"),
    ):
        given, wanted = getattr(settings, setting), len(parameters)
        if given and len(given) != wanted:
            what = f"{name} names {_counted(len(given), called)}; jobs run in {wanted}, as a "
            yield _at(name, setting), f"{what}definition has as many everywhere.", f"Name {wanted}."
        elif len(set(given)) < len(given):
            yield _at(name, setting), f"{name} names one {called} twice.", "Name two."


def _vpc(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    if not settings.vpc:
        if settings.endpoints and (name, "vpc") not in wrong:
            what = f"{name} names endpoints and no vpc to make them in."
            yield _at(name, "endpoints"), what, "Add `vpc: 10.20.0.0/22`, or make them yourself."
        return
    for index, each in enumerate(settings.endpoints):
        if each == "s3" or each in settings.endpoints[:index]:
            what = f"the endpoint of {each} is there already."
            yield _at(name, "endpoints", index), what, "Leave it out."
    try:
        found = ipaddress.IPv4Network(settings.vpc)
    except ValueError:
        what = f"{settings.vpc!r} is no range of addresses."
        yield _at(name, "vpc"), what, "Write its first address, such as 10.20.0.0/22."
        return
    large, small = _VPC_PREFIXES
    if not found.is_private or not large <= found.prefixlen <= small:
        what = f"the range {settings.vpc} is no private one between /{large} and /{small}."
        yield _at(name, "vpc"), what, "Write such as 10.20.0.0/22."


def _counted(number: int, called: str) -> str:
    return f"{number} {called}{'' if number == 1 else 's'}"


def _tags(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    for key in settings.tags:
        for owner, prefix in (("AWS", "aws:"), ("Penstock", "penstock:")):
            if key.lower().startswith(prefix):
                what = f"the tag {key!r} begins with {prefix}, which is {owner}'s own."
                yield _at(name, "tags", key), what, "Give it another name."


def _approvers(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    for index, approver in enumerate(settings.approvers):
        if approver in settings.approvers[:index]:
            what = f"the approver {approver!r} stands here a second time."
            yield _at(name, "approvers", index), what, "Remove one of the two."
    if kind_of(name) == "prod" and not settings.approvers and (name, "approvers") not in wrong:
        yield _at(name, "approvers"), f"{name} has no approvers.", "Add `approvers: [NAME]`."


def _shared_records(environments: Mapping[str, EnvironmentSettings]) -> Iterator[Unfit]:
    """Yield environments whose records would mix though their artifacts are kept apart."""
    seen: dict[tuple[str, str, str], tuple[str, str]] = {}
    for name, settings in environments.items():
        table = (settings.account, settings.region, settings.records)
        bucket = settings.artifacts.removeprefix("s3://").partition("/")[0]
        if not all(table) or not bucket:
            continue
        first, its_bucket = seen.setdefault(table, (name, bucket))
        if bucket != its_bucket:
            yield (
                _at(name, "records"),
                f"{first} and {name} share the table {settings.records} in account "
                f"{settings.account}, but not the bucket of their artifacts.",
                "Give each its own table, or both one bucket.",
            )
