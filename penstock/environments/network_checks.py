"""What has to fit together in the networks of environments."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping

from penstock.environments.kinds import kind_of
from penstock.environments.network import SECURITY_GROUPS, SUBNETS
from penstock.environments.settings import EnvironmentSettings
from penstock.environments.unfit import Unfit, at

_VPC_PREFIXES = 16, 26
"""A VPC has at least /16 (Amazon VPC User Guide); below /26 half of it is too small for jobs, which
take two addresses for each instance."""


def check_networks(
    environments: Mapping[str, EnvironmentSettings], wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    """Yield what does not fit together; the arguments are those of `check_fit`."""
    for name, settings in environments.items():
        yield from _network(name, settings, wrong)
        yield from _vpc(name, settings, wrong)
    yield from _everywhere(environments, wrong)


def _network(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    pair = ("subnets", "security_groups")
    if any((name, setting) in wrong for setting in pair):
        return
    for one, other in (pair, pair[::-1]):
        if getattr(settings, one) and not getattr(settings, other):
            yield at(name, one), f"{name} names {one} and no {other}.", "Name both or neither."
            return
    for setting, parameters, called in (
        ("subnets", SUBNETS, "subnet"),
        ("security_groups", SECURITY_GROUPS, "security group"),
    ):
        given, wanted = getattr(settings, setting), len(parameters)
        if given and len(given) != wanted:
            what = f"{name} names {_counted(len(given), called)}; jobs run in {wanted}, as a "
            yield at(name, setting), f"{what}definition has as many everywhere.", f"Name {wanted}."
        elif len(set(given)) < len(given):
            yield at(name, setting), f"{name} names one {called} twice.", "Name two."


def _vpc(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    if settings.vpc and kind_of(name) == "tooling":
        yield at(name, "vpc"), f"no job runs in {name}.", "Leave it out."
    if not settings.vpc:
        if settings.endpoints and (name, "vpc") not in wrong:
            what = f"{name} names endpoints and no vpc to make them in."
            yield at(name, "endpoints"), what, "Add `vpc: 10.20.0.0/22`, or make them yourself."
        return
    for index, each in enumerate(settings.endpoints):
        if each == "s3" or each in settings.endpoints[:index]:
            what = f"the endpoint of {each} is there already."
            yield at(name, "endpoints", index), what, "Leave it out."
    try:
        found = ipaddress.IPv4Network(settings.vpc)
    except ValueError:
        what = f"{settings.vpc!r} is no range of addresses."
        yield at(name, "vpc"), what, "Write its first address, such as 10.20.0.0/22."
        return
    large, small = _VPC_PREFIXES
    if not found.is_private or not large <= found.prefixlen <= small:
        what = f"the range {settings.vpc} is no private one between /{large} and /{small}."
        yield at(name, "vpc"), what, "Write such as 10.20.0.0/22."


def _everywhere(
    environments: Mapping[str, EnvironmentSettings], wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    """Yield environments without subnets where others have some: definitions are one for all."""
    running = {
        name: settings
        for name, settings in environments.items()
        if kind_of(name) not in ("", "tooling")
    }
    placed = next((name for name, settings in running.items() if settings.subnets), "")
    for name, settings in running.items():
        waits = settings.vpc or (name, "subnets") in wrong or (name, "vpc") in wrong
        if placed and not settings.subnets and not waits:
            what = f"{placed} names subnets and {name} none; a definition has them everywhere."
            yield at(name), what, "Add `subnets` and `security_groups`."


def _counted(number: int, called: str) -> str:
    return f"{number} {called}{'' if number == 1 else 's'}"
