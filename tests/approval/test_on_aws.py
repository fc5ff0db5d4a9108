"""The click on AWS: versions in SageMaker, records in DynamoDB and S3, signatures by KMS."""

from urllib.parse import urlsplit

import boto3
import pytest

from penstock.approval.port import Person
from penstock.errors import ApprovalError
from penstock.registry import open_registry

BEN = Person("ben")


@pytest.fixture
def approvals(workshop, sagemaker_registry, aws_ledger):
    workshop.registry = open_registry(sagemaker_registry)
    return lambda: workshop.approvals(ledger=aws_ledger)


def approve(workshop, approvals):
    version = workshop.register()
    evidence = workshop.evidence(version)
    said = {"evidence": evidence, "comment": "Good.", "justification": "It is the first here."}
    return approvals().approve("fraud", version, "local", BEN, **said)


def test_an_approval_is_signed_kept_shown_and_verified(workshop, approvals):
    decision = approve(workshop, approvals)
    assert (decision.entry.sequence, decision.standing) == (1, "live")
    assert approvals().verified("fraud", "local").version == 1
    shown = workshop.registry.describe("fraud", 1)
    assert (shown.status, shown.properties["approved_by"]) == ("approved", "ben")
    workshop.passes(days=1)
    approve(workshop, approvals)
    assert [entry.version for entry in approvals().history()] == [1, 2]
    back = approvals().rollback("fraud", "local", BEN, comment="Too many alarms.")
    assert back.entry.version == approvals().verified("fraud", "local").version == 1


@pytest.mark.parametrize("part", ["model/model.ubj", "evidence/evidence.json"])
def test_a_byte_that_changed_in_s3_is_refused(workshop, approvals, part):
    approve(workshop, approvals)
    place = urlsplit(workshop.registry.describe("fraud", 1).model_uri)
    bucket = boto3.session.Session().resource("s3").Bucket(place.netloc)
    (found,) = [each for each in bucket.objects.all() if each.key.endswith(f"/{part}")]
    content = bytearray(found.get()["Body"].read())
    content[0] ^= 1
    found.put(Body=bytes(content))
    with pytest.raises(ApprovalError, match="is not the one that was registered"):
        approvals().verified("fraud", "local")


def test_an_approval_made_in_studio_ends_in_the_same_state(workshop, approvals):
    version = workshop.register()
    uri = workshop.registry.describe("fraud", version).registered.uri
    service = boto3.session.Session().client("sagemaker")
    service.update_model_package(
        ModelPackageArn=uri,
        ModelApprovalStatus="Approved",
        ApprovalDescription="Fine.",
        CustomerMetadataProperties=service.describe_model_package(ModelPackageName=uri)[
            "CustomerMetadataProperties"
        ],
    )
    shown = workshop.registry.describe("fraud", version)
    somebody = Person(shown.status_by, method="sagemaker")
    (made,) = approvals().reconcile("fraud", "local", somebody, comment=shown.status_comment)
    assert (made.entry.action, made.entry.actor.name) == ("approve", "studio-user")
    assert made.entry.comment == "Fine."
    assert approvals().verified("fraud", "local").version == version


def test_an_approval_made_in_studio_of_an_altered_model_is_flagged_and_never_live(
    workshop, approvals
):
    version = workshop.register()
    found = workshop.registry.describe("fraud", version)
    place = urlsplit(found.model_uri)
    s3 = boto3.session.Session().client("s3")
    s3.put_object(Bucket=place.netloc, Key=f"{place.path[1:]}model.ubj", Body=b"other")
    workshop.registry.mark("fraud", version, "approved", {})
    (made,) = approvals().reconcile("fraud", "local", Person("studio-user", method="sagemaker"))
    assert made.entry.action == "flag"
    assert approvals().live("fraud", "local") is None
    assert workshop.registry.describe("fraud", version).status == "rejected"
