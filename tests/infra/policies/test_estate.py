"""Templates in the shape that CDK writes, judged."""

from typing import Any

import pytest

from infra.policies import (
    Estate,
    Identity,
    PolicyError,
    Principal,
    Request,
    ResourceKind,
    ResourcePolicy,
    Template,
    administrator,
    expect_allowed,
    expect_denied,
    load_estate,
    parse_policy,
)

TOOLING, DEV = "444444444444", "111111111111"
GROUP = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package-group/fraud"
PACKAGE = f"arn:aws:sagemaker:eu-west-1:{TOOLING}:model-package/fraud/3"
STATUS = "sagemaker:ModelApprovalStatus"
PENDING = {STATUS: "PendingManualApproval"}


def test_a_role_has_the_policies_that_are_attached_to_it(estate: Estate) -> None:
    registrar, approver = (
        estate.principal("delivery/Registrar"),
        estate.principal("delivery/Approver"),
    )
    create, update = "sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage"
    expect_allowed(estate, Request(registrar, create, GROUP, PENDING))
    expect_allowed(estate, Request(registrar, create, PACKAGE, PENDING))
    expect_denied(estate, Request(registrar, create, GROUP, {STATUS: "Approved"}))
    expect_denied(estate, Request(registrar, update, PACKAGE, {STATUS: "Approved"}))
    expect_allowed(estate, Request(approver, update, PACKAGE, {STATUS: "Approved"}))
    expect_denied(estate, Request(approver, update, PACKAGE, PENDING))
    assert estate.resource("delivery/Group") == GROUP


def test_names_come_from_the_template_or_are_made_up_once(templates: list[Template]) -> None:
    first, second = load_estate(templates), load_estate(templates)
    assert first.principal("delivery/Registrar").arn == f"arn:aws:iam::{TOOLING}:role/registrar"
    trainer = first.principal("dev/Trainer")
    assert trainer.arn.startswith(f"arn:aws:iam::{DEV}:role/dev-Trainer-")
    assert trainer == second.principal("dev/Trainer")
    assert first.resource("dev/Models").startswith("arn:aws:s3:::dev-models-")
    assert dict(first.principal("delivery/Approver").tags) == {"duty": "approval"}


def test_managed_policies_and_the_boundary_have_their_say(estate: Estate) -> None:
    trainer, models = estate.principal("dev/Trainer"), estate.resource("dev/Models")
    decision = expect_allowed(estate, Request(trainer, "s3:PutObject", f"{models}/runs/1"))
    assert [str(each) for each in decision.statements] == [
        "Allow at dev/Training Properties.PolicyDocument.Statement[0]",
        "Allow at dev/Boundary Properties.PolicyDocument.Statement[0]",
    ]
    expect_denied(estate, Request(trainer, "s3:PutObject", f"{models}/other/1"))
    outside = expect_denied(estate, Request(trainer, "sagemaker:CreateTrainingJob", "*"))
    assert outside.reason == "nothing allows it in: permissions boundary"


def test_a_bucket_has_its_policy_and_its_account(estate: Estate) -> None:
    trainer, models = estate.principal("dev/Trainer"), estate.resource("dev/Models")
    plain = {"aws:SecureTransport": "false"}
    decision = expect_denied(estate, Request(trainer, "s3:GetObject", f"{models}/runs/1", plain))
    assert [str(each) for each in decision.statements] == [
        "Deny 'OnlyTls' at dev/ModelsPolicy Properties.PolicyDocument.Statement[0]"
    ]
    registrar = estate.principal("delivery/Registrar")
    refused = expect_denied(estate, Request(registrar, "s3:GetObject", f"{models}/runs/1"))
    assert refused.reason == "nothing allows it in: identity policies"
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = parse_policy({"Statement": reads})
    wider = estate.plus([Identity(registrar, (policy,))])
    expect_allowed(wider, Request(registrar, "s3:GetObject", f"{models}/runs/1"))
    expect_denied(wider, Request(registrar, "s3:GetObject", models))


def test_a_key_answers_to_its_alias(estate: Estate) -> None:
    trainer, key = estate.principal("dev/Trainer"), estate.resource("dev/Key")
    alias = estate.resource("dev/KeyAlias")
    assert alias == f"arn:aws:kms:eu-west-1:{DEV}:alias/models"
    for resource in (key, alias):
        decision = expect_allowed(estate, Request(trainer, "kms:Decrypt", resource))
        assert decision.request.resource == key
        assert decision.request.context["kms:ResourceAliases"] == ("alias/models",)
    assert (
        expect_denied(estate, Request(trainer, "kms:DeleteAlias", alias)).request.resource == alias
    )
    stranger = administrator(TOOLING)
    wider = estate.plus([stranger])
    expect_denied(wider, Request(stranger.principal, "kms:Decrypt", key))


def test_a_key_without_a_policy_has_that_of_aws(workload: dict[str, Any]) -> None:
    """KMS Developer Guide, "Default key policy"."""
    del workload["Resources"]["Key"]["Properties"]["KeyPolicy"]
    estate = load_estate([Template("dev", DEV, "eu-west-1", workload)])
    trainer, key = estate.principal("dev/Trainer"), estate.resource("dev/Key")
    expect_allowed(estate, Request(trainer, "kms:Decrypt", key))


def test_a_queue_is_found_by_its_address(estate: Estate) -> None:
    trainer, queue = estate.principal("dev/Trainer"), f"arn:aws:sqs:eu-west-1:{DEV}:callbacks"
    decision = expect_allowed(estate, Request(trainer, "sqs:SendMessage", queue))
    assert [each.place.logical_id for each in decision.statements] == ["QueuePolicy", "Boundary"]
    expect_denied(estate, Request(trainer, "sqs:ReceiveMessage", queue))


def test_a_role_is_assumed_by_whom_its_trust_policy_names(estate: Estate) -> None:
    trainer, approver = estate.principal("dev/Trainer"), estate.principal("delivery/Approver")
    sagemaker, lambda_ = (
        Principal.service(f"{name}.amazonaws.com") for name in ("sagemaker", "lambda")
    )
    expect_allowed(estate, Request(sagemaker, "sts:AssumeRole", trainer.arn))
    expect_denied(estate, Request(lambda_, "sts:AssumeRole", trainer.arn))
    anyone = administrator(TOOLING)
    wider = estate.plus([anyone, administrator(DEV)])
    expect_allowed(wider, Request(anyone.principal, "sts:AssumeRole", approver.arn))
    stranger = administrator(DEV).principal
    expect_denied(wider, Request(stranger, "sts:AssumeRole", approver.arn))


def test_a_trust_policy_says_nothing_about_passing_the_role(estate: Estate) -> None:
    trainer, someone = estate.principal("dev/Trainer"), administrator(DEV)
    wider = estate.plus([someone])
    expect_allowed(wider, Request(someone.principal, "iam:PassRole", trainer.arn))


def test_an_administrator_of_another_account_reaches_nothing_central(estate: Estate) -> None:
    someone = administrator(DEV)
    wider = estate.plus([someone])
    request = Request(someone.principal, "sagemaker:CreateModelPackage", GROUP, PENDING)
    decision = expect_denied(wider, request)
    assert decision.reason == f"nothing allows it in: resource policy of account {TOOLING}"


def test_the_policy_of_a_group_speaks_for_its_packages(delivery: dict[str, Any]) -> None:
    someone = administrator(DEV)
    delivery["Resources"]["Group"]["Properties"]["ModelPackageGroupPolicy"] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": someone.principal.arn},
                "Action": "sagemaker:DescribeModelPackage",
                "Resource": {
                    "Fn::Sub": "arn:aws:sagemaker:*:${AWS::AccountId}:model-package/fraud/*"
                },
            }
        ],
    }
    estate = load_estate([Template("delivery", TOOLING, "eu-west-1", delivery)]).plus([someone])
    expect_allowed(estate, Request(someone.principal, "sagemaker:DescribeModelPackage", PACKAGE))
    other = PACKAGE.replace("fraud", "churn")
    expect_denied(estate, Request(someone.principal, "sagemaker:DescribeModelPackage", other))


def test_principals_are_those_of_the_templates_and_the_sessions_that_policies_name(
    templates: list[Template], workload: dict[str, Any]
) -> None:
    session = f"arn:aws:sts::{TOOLING}:assumed-role/registrar/nightly"
    statement = workload["Resources"]["ModelsPolicy"]["Properties"]["PolicyDocument"]["Statement"][
        1
    ]
    statement["Principal"] = {"AWS": session}
    estate = load_estate(templates)
    named = [(each.name, each.session) for each in estate.principals(TOOLING)]
    approver = estate.principal("delivery/Approver").name
    assert named == [(approver, "session"), ("registrar", "nightly"), ("registrar", "session")]
    assert {each.account for each in estate.principals()} == {DEV, TOOLING}


def test_grants_are_every_allow_that_is_about_a_principal(estate: Estate) -> None:
    grants = estate.grants(estate.principal("delivery/Registrar"))
    assert [str(each) for each in grants] == [
        "Allow 'RegisterPending' "
        "at delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0]",
        "Allow at delivery/Approver Properties.AssumeRolePolicyDocument.Statement[0]",
        "Allow 'Registrar' at dev/ModelsPolicy Properties.PolicyDocument.Statement[1]",
    ]


def test_what_is_not_known_is_not_guessed(estate: Estate) -> None:
    trainer = estate.principal("dev/Trainer")
    stranger = Principal.role("arn:aws:iam::111111111111:role/stranger")
    key = f"arn:aws:kms:eu-west-1:{TOOLING}:key/1"
    for request, message in (
        (
            Request(stranger, "s3:ListAllMyBuckets", "*"),
            "what arn:aws:iam::111111111111:role/stranger may do is not known. "
            "Give its policies by Estate.plus(identities=...).",
        ),
        (
            Request(trainer, "s3:GetObject", "arn:aws:s3:::elsewhere/a"),
            "whose account arn:aws:s3:::elsewhere is in is not known. "
            "Give Request.resource_account.",
        ),
        (
            Request(trainer, "kms:Decrypt", key),
            f"the policy of {key} is not known. Give it by Estate.plus(resource_policies=...).",
        ),
        (
            Request(trainer, "sts:AssumeRole", stranger.arn),
            f"the policy of {stranger.arn} is not known. "
            "Give it by Estate.plus(resource_policies=...).",
        ),
    ):
        with pytest.raises(PolicyError) as error:
            estate.decide(request)
        assert str(error.value) == message
    with pytest.raises(PolicyError) as error:
        estate.principal("dev/Nobody")
    assert str(error.value) == "'dev/Nobody' is no role and no user. Known: dev/Trainer."
    with pytest.raises(PolicyError) as error:
        estate.resource("dev/Nothing")
    assert str(error.value) == (
        "'dev/Nothing' is no resource with an ARN. Name it as stack/LogicalId."
    )


def test_what_no_template_holds_can_be_added(estate: Estate) -> None:
    trainer, key = estate.principal("dev/Trainer"), f"arn:aws:kms:eu-west-1:{DEV}:key/1"
    allows = {"Effect": "Allow", "Principal": {"AWS": DEV}, "Action": "kms:*", "Resource": "*"}
    of_key = ResourcePolicy((key,), parse_policy({"Statement": allows}), ResourceKind.KEY)
    wider = estate.plus(resource_policies=[of_key], owners={"arn:aws:s3:::elsewhere": DEV})
    expect_allowed(wider, Request(trainer, "kms:Decrypt", key))
    expect_denied(wider, Request(trainer, "s3:GetObject", "arn:aws:s3:::elsewhere/a"))


def test_requests_are_whole() -> None:
    with pytest.raises(PolicyError) as error:
        Request(Principal.anonymous(), "s3:Get*", "bucket")
    assert str(error.value) == (
        "'s3:Get*' is no action. Write service:Action, without wildcards.\n"
        "'bucket' is no ARN. Write a whole ARN, or * if none can be named."
    )
    with pytest.raises(PolicyError) as error:
        Principal.user("arn:aws:iam::111111111111:role/a")
    assert str(error.value) == (
        "'arn:aws:iam::111111111111:role/a' is no ARN of a user. "
        "Write arn:aws:iam::ACCOUNT:user/NAME."
    )


def test_expectations_tell_what_decided(estate: Estate) -> None:
    registrar = estate.principal("delivery/Registrar")
    create = Request(registrar, "sagemaker:CreateModelPackage", GROUP, PENDING)
    with pytest.raises(AssertionError) as failure:
        expect_denied(estate, create)
    assert str(failure.value) == (
        f"Expected to be denied, but {registrar}: sagemaker:CreateModelPackage on {GROUP} "
        "(sagemaker:ModelApprovalStatus=PendingManualApproval) is allowed\n"
        "  Allow 'RegisterPending' "
        "at delivery/RegistrarPolicy Properties.PolicyDocument.Statement[0]"
    )
    with pytest.raises(AssertionError) as failure:
        expect_allowed(estate, Request(registrar, "sagemaker:DeleteModelPackage", PACKAGE))
    assert str(failure.value) == (
        f"Expected to be allowed, but {registrar}: sagemaker:DeleteModelPackage on {PACKAGE} "
        "is implicitly denied: nothing allows it in: identity policies"
    )


def test_what_accounts_allow_themselves_gives_nothing_elsewhere(estate: Estate) -> None:
    free = estate.unrestrained(DEV)
    trainer, models = free.principal("dev/Trainer"), free.resource("dev/Models")
    expect_allowed(free, Request(trainer, "sagemaker:CreateTrainingJob", "*"))
    expect_denied(
        free, Request(trainer, "s3:GetObject", f"{models}/a", {"aws:SecureTransport": "false"})
    )
    assert [each.name for each in free.principals(DEV)] == ["administrator", trainer.name]
    for principal in free.principals(DEV):
        expect_denied(free, Request(principal, "sagemaker:CreateModelPackage", GROUP, PENDING))
    registrar = free.principal("delivery/Registrar")
    expect_denied(free, Request(registrar, "s3:GetObject", f"{models}/a"))
