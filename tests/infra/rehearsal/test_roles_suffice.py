"""The roles allow what the story asked: moto lets everybody do everything, and AWS does not."""

import copy
from collections.abc import Sequence
from pathlib import Path

import pytest
from recorded import calls_of, judged, names, one_of_each, templates

from infra.policies import Principal, Question, Template, expect_allowed, load_estate
from infra.policies.calls import Call, standing_calls

pytestmark = pytest.mark.slow
ATTACHED = ("KeyPolicy", "PolicyDocument", "RepositoryPolicyText")
JOBS = "penstock-execution"
"""The role of pipelines and their jobs, in each account."""


@pytest.fixture(scope="module")
def deployed(story: Path) -> list[Template]:
    return templates(story)


@pytest.fixture(scope="module")
def calls(story: Path) -> list[Call]:
    """What the roles asked, and what AWS asks in them without being seen here."""
    return [*calls_of(story), *standing_calls(templates(story))]


def without(deployed: Sequence[Template], stack: str, title: str, sid: str) -> list[Template]:
    """Return the templates without one statement of a role, a key or a bucket."""
    changed = copy.deepcopy(list(deployed))
    (template,) = (each for each in changed if each.stack == stack)
    given = template.body["Resources"][title]["Properties"]
    policies = [each["PolicyDocument"] for each in given.get("Policies", ())]
    policies += [given[each] for each in ATTACHED if each in given]
    for policy in policies:
        kept = [each for each in policy["Statement"] if each["Sid"] != sid]
        assert len(kept) == len(policy["Statement"]) - 1
        policy["Statement"] = kept
    return changed


def test_the_roles_of_the_story_may_do_all_that_they_did(
    deployed: list[Template], calls: list[Call]
) -> None:
    judgement = judged(deployed, calls)
    # Not needed by this story is no fault: other ways through the functions need it.
    print(f"allowed and not needed by the story:\n{judgement.surplus}")
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert names(calls) >= {
        "dev-delivery",
        "execution",
        "pre-prod-deployer",
        "prod-deployer",
        "prod-starter",
        "pre-prod-pipelines-fraud",
        "prod-pipelines-fraud",
        "tooling-approver",
        "tooling-builder",
        "tooling-delivery-fraud",
        "tooling-gatekeeper",
        "tooling-opener",
        "tooling-registrar",
        "tooling-release-check",
        "tooling-to-prod-fraud",
        "tooling-training",
    }


def test_jobs_of_every_account_act_as_the_role_of_their_pipelines(calls: list[Call]) -> None:
    jobs = [each for each in calls if each.role.endswith(f"role/{JOBS}")]
    by_account = {
        account: {each.operation for each in jobs if each.principal.account == account}
        for account in ("111111111111", "222222222222", "333333333333")
    }
    for asked in by_account.values():
        # Of the session: what is read and written; of the definitions: what SageMaker does.
        assert asked >= {"GetObject", "ListObjectsV2", "PutObject", "CreateProcessingJob"}
    assert [account for account, asked in by_account.items() if "CreateModelPackage" in asked] == [
        "111111111111",
        "333333333333",
    ]


def test_what_pushes_images_may(deployed: list[Template]) -> None:
    """Nothing of ours pushes: CI's own tools do.

    Source: Amazon ECR User Guide, "IAM permissions for pushing an image to a private repository".
    """
    (template,) = (each for each in deployed if each.stack == "penstock-tooling-access")
    region, account = template.region, template.account
    builder = Principal.role(f"arn:aws:iam::{account}:role/penstock-tooling-builder")
    repository = f"arn:aws:ecr:{region}:{account}:repository/penstock"
    pushed = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage")
    asked = [Question("ecr:GetAuthorizationToken", "*")]
    looked = ("BatchCheckLayerAvailability", "BatchGetImage")
    asked += [Question(f"ecr:{each}", repository) for each in (*looked, *pushed)]
    for question in asked:
        expect_allowed(load_estate(deployed), question.of(builder))


@pytest.mark.parametrize("environment", ["dev", "pre-prod", "prod"])
def test_what_waits_for_data_may_look_for_it_tell_people_and_answer(
    deployed: list[Template], environment: str
) -> None:
    """No use case waits for data, so that no story asks the callback."""
    (template,) = (each for each in deployed if each.stack == f"penstock-{environment}-access")
    account, region = template.account, template.region
    role = f"arn:aws:iam::{account}:role/penstock-{environment}-callback"
    file = {"Bucket": f"penstock-{environment}-artifacts", "Key": "arrived"}
    topic = f"arn:aws:sns:{region}:{account}:penstock-{environment}-alarms"
    calls = [
        Call(role, "callback", region, "s3", "HeadObject", file),
        Call(role, "callback", region, "s3", "HeadObject", file, "404"),
        Call(role, "callback", region, "sns", "Publish", {"TopicArn": topic}),
    ]
    judgement = judged(deployed, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    execution = f"arn:aws:sagemaker:{region}:{account}:pipeline/fraud-inference/execution/e"
    # The token of an answer names its execution, and is not to be read.
    for answer in ("Failure", "Success"):
        action = f"sagemaker:SendPipelineExecutionStep{answer}"
        question = Question(action, execution)
        expect_allowed(load_estate(deployed), question.of(Principal.role(role)))


@pytest.mark.parametrize(
    ("stack", "title", "sid", "denied"),
    [
        ("tooling-access", "RegistrarRole", "Keep", "s3:PutObject"),
        ("tooling-access", "OpenerRole", "ProdKey0", "kms:GenerateDataKey"),
        ("tooling-access", "ApproverRole", "Decide", "sagemaker:UpdateModelPackage"),
        ("tooling-registry", "SealKey", "Use1", "kms:Verify"),
        ("tooling-registry", "ModelsBucketPolicy", "ReadPromoted", "s3:GetObject"),
        ("pre-prod-access", "DeployerRole", "Remember", "dynamodb:PutItem"),
        ("pre-prod-workload", "MessagesKey", "Events", "kms:GenerateDataKey"),
        ("dev-access", "DeliveryRole", "Taken", "sts:AssumeRole"),
        ("dev-access", "JobsRole", "Taken", "sts:AssumeRole"),
        ("dev-access", "JobsRole", "Sources", "s3:GetObject"),
        ("dev-access", "JobsRole", "RegisterCandidates", "sagemaker:CreateModelPackage"),
        ("dev-access", "JobsRole", "TakeItself", "iam:PassRole"),
        ("pre-prod-access", "JobsRole", "Artifacts", "s3:PutObject"),
        ("pre-prod-workload", "DataKey", "Use0", "kms:GenerateDataKey"),
        ("pre-prod-access", "JobsRole", "FollowJobs", "sagemaker:AddTags"),
        ("prod-access", "JobsRole", "ApprovedModels", "s3:GetObject"),
        ("prod-access", "JobsRole", "ModelKey", "kms:Decrypt"),
        ("prod-access", "JobsRole", "Sinks", "s3:PutObject"),
        ("prod-access", "JobsRole", "SinksList", "s3:ListBucket"),
        ("prod-access", "JobsRole", "JobLogs", "logs:DescribeLogStreams"),
        ("tooling-registry", "ImageRepository", "Pull", "ecr:BatchGetImage"),
        ("tooling-access", "BuilderRole", "Store", "s3:PutObject"),
        ("prod-access", "FraudPipelinesRole", "Taken", "sts:AssumeRole"),
        ("prod-access", "FraudPipelinesRole", "HandOn", "iam:PassRole"),
        ("tooling-delivery", "DeliveryKey", "Use1", "kms:Decrypt"),
    ],
)
def test_a_statement_that_is_missing_is_seen(
    deployed: list[Template], calls: list[Call], stack: str, title: str, sid: str, denied: str
) -> None:
    if sid == "Taken":
        changed = copy.deepcopy(deployed)
        (template,) = (each for each in changed if each.stack == f"penstock-{stack}")
        trust = template.body["Resources"][title]["Properties"]["AssumeRolePolicyDocument"]
        trust["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    else:
        changed = without(deployed, f"penstock-{stack}", title, sid)
    refused = judged(changed, one_of_each(calls)).refused
    assert denied in {decision.request.action for _, decision in refused}
