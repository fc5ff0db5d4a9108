"""What has to fit together in `environments.yaml`, beyond each setting by itself."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping

from penstock.environments.kinds import (
    KINDS,
    MAXIMUM_NAME_LENGTH,
    TAG_IS_ENOUGH,
    kind_of,
    needed_settings,
)
from penstock.environments.network_checks import check_networks
from penstock.environments.settings import EnvironmentSettings
from penstock.environments.unfit import Unfit, at

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
        yield from _tags(name, settings)
        yield from _approvers(name, settings, wrong)
    yield from _shared_records(environments)
    yield from check_networks(environments, wrong)


def _name(name: str) -> Iterator[Unfit]:
    if kind_of(name):
        return
    if len(name) > MAXIMUM_NAME_LENGTH and kind_of(name[:8].rpartition("-")[0] or name[:8]):
        what = f"the name has {len(name)} characters; at most {MAXIMUM_NAME_LENGTH} are allowed."
        yield at(name), what, "Shorten its suffix."
        return
    near = difflib.get_close_matches(name, KINDS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    yield (
        at(name),
        f"{name!r} is no name of an environment.",
        f"{hint}Use one of: {', '.join(KINDS)}; or one of them with a suffix, such as prod-eu.",
    )


def _needed(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    for setting in needed_settings(kind_of(name)):
        if not getattr(settings, setting) and (name, setting) not in wrong:
            what = f"the setting {setting!r} of {name} is missing."
            yield at(name), what, f"Add `{setting}: ...`."


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
                at(name, *location),
                f"the role is of account {account}, the environment of {settings.account}.",
                f"{who} as a role of their own account: name one.",
            )


def _image(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    if not settings.image or kind_of(name) in TAG_IS_ENOUGH or not kind_of(name):
        return
    if not _DIGEST.search(settings.image):
        yield (
            at(name, "image"),
            f"the image {settings.image!r} of {name} is not named by its digest; what a tag means "
            "can change.",
            "Write REPOSITORY@sha256: and the 64 digits that the registry shows.",
        )


def _key(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    if settings.kms_key.startswith("arn:") and settings.region:
        region = settings.kms_key.split(":")[3]
        if region != settings.region:
            yield (
                at(name, "kms_key"),
                f"the key is in {region}, the environment in {settings.region}.",
                "A key is used in its own Region: name one there.",
            )


def _tags(name: str, settings: EnvironmentSettings) -> Iterator[Unfit]:
    for key in settings.tags:
        for owner, prefix in (("AWS", "aws:"), ("Penstock", "penstock:")):
            if key.lower().startswith(prefix):
                what = f"the tag {key!r} begins with {prefix}, which is {owner}'s own."
                yield at(name, "tags", key), what, "Give it another name."


def _approvers(
    name: str, settings: EnvironmentSettings, wrong: Collection[tuple[str, str]]
) -> Iterator[Unfit]:
    for index, approver in enumerate(settings.approvers):
        if approver in settings.approvers[:index]:
            what = f"the approver {approver!r} stands here a second time."
            yield at(name, "approvers", index), what, "Remove one of the two."
    if kind_of(name) == "prod" and not settings.approvers and (name, "approvers") not in wrong:
        yield at(name, "approvers"), f"{name} has no approvers.", "Add `approvers: [NAME]`."


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
                at(name, "records"),
                f"{first} and {name} share the table {settings.records} in account "
                f"{settings.account}, but not the bucket of their artifacts.",
                "Give each its own table, or both one bucket.",
            )
