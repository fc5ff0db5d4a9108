"""What people turned down is written down once, and deploys nothing."""

import json
from typing import Any

import pytest
from killing import assert_survives_every_kill, recorded_calls
from moto.s3.models import s3_backends
from tooling_world import LEDGER, REGION, TOOLING, World

from infra.runtime.errors import Refused, SettingsError
from infra.runtime.recorder.handler import handle, record

BEN = "arn:aws:iam::444444444444:user/ben"
EVENT = "6a7e8feb-b491-4cf7-a9f1-bf3703467718"


def event(world: World, **detail: Any) -> dict[str, Any]:
    """Return the event of a rejection of a version that is there."""
    client = world.client("sagemaker")
    groups = client.list_model_package_groups()["ModelPackageGroupSummaryList"]
    if not groups:
        client.create_model_package_group(ModelPackageGroupName="fraud")
        client.create_model_package(ModelPackageGroupName="fraud")
    arn = client.list_model_packages(ModelPackageGroupName="fraud")["ModelPackageSummaryList"][0][
        "ModelPackageArn"
    ]
    client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="too few rows"
    )
    return {
        "id": EVENT,
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "account": TOOLING,
        "time": "2026-11-21T12:00:00Z",
        "detail": {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": "fraud",
            "ModelPackageVersion": 1,
            "ModelApprovalStatus": "Rejected",
            **detail,
        },
    }


@pytest.fixture(autouse=True)
def named_by_iam(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto calls everybody a user of Studio."""
    from moto.sagemaker.models import SageMakerModelBackend

    describe = SageMakerModelBackend.describe_model_package

    def by_ben(self: Any, model_package_name: str) -> Any:
        found = describe(self, model_package_name)
        found.last_modified_by = {"IamIdentity": {"Arn": BEN}}
        return found

    monkeypatch.setattr(SageMakerModelBackend, "describe_model_package", by_ben)


def test_a_rejection_is_recorded_with_who_and_why(world: World) -> None:
    handle(event(world), None)
    assert {key: json.loads(each) for key, each in world.objects(LEDGER).items()} == {
        f"rejections/fraud/1/{EVENT}.json": {
            "format": "penstock.rejection/1",
            "event": EVENT,
            "package": f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/fraud/1",
            "group": "fraud",
            "version": 1,
            "at": "2026-11-21T12:00:00Z",
            "rejected_by": BEN,
            "comment": "too few rows",
        }
    }


def test_a_repeated_event_changes_nothing_even_if_the_version_did(world: World) -> None:
    told = event(world)
    handle(told, None)
    before = world.objects(LEDGER)
    world.client("sagemaker").update_model_package(
        ModelPackageArn=f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/fraud/1",
        ModelApprovalStatus="Approved",
    )
    assert record(told) == f"s3://{LEDGER}/rejections/fraud/1/{EVENT}.json"
    assert world.objects(LEDGER) == before


def test_a_version_that_was_changed_since_is_recorded_without_a_name(world: World) -> None:
    told = event(world)
    world.client("sagemaker").update_model_package(
        ModelPackageArn=f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/fraud/1",
        ModelApprovalStatus="Approved",
    )
    handle(told, None)
    (content,) = world.objects(LEDGER).values()
    facts = json.loads(content)
    assert (facts["rejected_by"], facts["comment"]) == ("", "")


def test_killed_between_any_two_calls_it_records_the_same(world: World) -> None:
    told = event(world)

    def make() -> World:
        s3_backends[TOOLING]["aws"].buckets[LEDGER].keys.clear()
        return world

    assert_survives_every_kill(make, lambda _: handle(told, None), lambda _: world.objects(LEDGER))


def test_it_reads_the_version_and_writes_the_record_and_nothing_else(world: World) -> None:
    told = event(world)
    with recorded_calls() as calls:
        handle(told, None)
    assert calls == ["sagemaker:DescribeModelPackage", "s3:PutObject"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ModelApprovalStatus": "Approved"}, "the event says Approved, not Rejected."),
        ({"ModelPackageGroupName": "other"}, "the event names no event or no group."),
        ({"ModelPackageGroupName": "../x"}, "the event names no event or no group."),
    ],
)
def test_an_event_that_is_no_rejection_is_refused_and_not_tried_again(
    world: World, changes: Any, reason: str
) -> None:
    told = event(world, **changes)
    handle(told, None)
    assert not world.objects(LEDGER)
    with pytest.raises(Refused) as caught:
        record(told)
    assert str(caught.value) == f"{told['detail']['ModelPackageArn']}: {reason} Look at the rule."


def test_an_event_id_that_is_a_path_is_refused(world: World) -> None:
    handle({**event(world), "id": "../../x"}, None)
    assert not world.objects(LEDGER)


def test_what_repeating_may_mend_is_raised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PENSTOCK_LEDGER")
    monkeypatch.delenv("PENSTOCK_REGION")
    with pytest.raises(SettingsError) as caught:
        record(event(world))
    assert str(caught.value) == "PENSTOCK_LEDGER is not set.\nPENSTOCK_REGION is not set."
