"""Each of our rules fires on a planted fault, and on nothing else."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from synthesis import Documents, definition, inputs

from infra.cdk.described import described
from infra.cdk.rules.every import RULES
from infra.cdk.rules.finding import Template
from infra.cdk.validating import findings, read_template

Document = dict[str, Any]
DIGESTS = frozenset(hashlib.sha256(each.body.encode()).hexdigest() for each in inputs().pipelines)


def properties(document: Document, title: str) -> dict[str, Any]:
    found: dict[str, Any] = document["Resources"][title]["Properties"]
    return found


def no_json(document: Document) -> None:
    made = properties(document, "FraudTraining")
    made["PipelineDefinition"]["PipelineDefinitionBody"] += "}"


def another_definition(document: Document) -> None:
    made = properties(document, "FraudTraining")
    made["PipelineDefinition"]["PipelineDefinitionBody"] = definition("another")


def another_tag(document: Document) -> None:
    tags = properties(document, "FraudTraining")["Tags"]
    next(each for each in tags if each["Key"] == "penstock:body")["Value"] = "0"


def any_status(document: Document) -> None:
    del properties(document, "ApprovedRule")["EventPattern"]["detail"]["ModelApprovalStatus"]


def rejections_too(document: Document) -> None:
    detail = properties(document, "ApprovedRule")["EventPattern"]["detail"]
    detail["ModelApprovalStatus"].append("Rejected")


def rejections_go_on(document: Document) -> None:
    rule = properties(document, "ApprovedRule")
    rule["EventPattern"]["detail"]["ModelApprovalStatus"] = ["Rejected"]


def switched_on(document: Document) -> None:
    properties(document, "FraudTrainingSchedule")["State"] = "ENABLED"


def no_cron(document: Document) -> None:
    properties(document, "FraudTrainingSchedule")["ScheduleExpression"] = "cron(bad)"


def no_alarm(title: str) -> Callable[[Document], None]:
    def remove(document: Document) -> None:
        del document["Resources"][title]

    return remove


def tells_nobody(document: Document) -> None:
    properties(document, "FraudTrainingFailsAlarm")["AlarmActions"] = []


def drops_failures(document: Document) -> None:
    del properties(document, "FraudTrainingSchedule")["Target"]["DeadLetterConfig"]


def another_group(document: Document) -> None:
    del properties(document, "FraudTrainingSchedule")["GroupName"]


def a_password(document: Document) -> None:
    variables = properties(document, "StarterFunction")["Environment"]["Variables"]
    variables["SOURCE"] = "postgresql://ann:tiger1@db/orders"


def an_access_key(document: Document) -> None:
    variables = properties(document, "StarterFunction")["Environment"]["Variables"]
    variables["KEY"] = "AKIAABCDEFGHIJKLMNOP"


def a_whole_account(document: Document) -> None:
    statements = properties(document, "MessagesKey")["KeyPolicy"]["Statement"]
    statements[0]["Principal"] = {"AWS": "arn:aws:iam::111111111111:root"}


def everybody(document: Document) -> None:
    statements = properties(document, "PromotionQueuePolicy")["PolicyDocument"]["Statement"]
    statements.append({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"})


def full_access(document: Document) -> None:
    role = properties(document, "JobsRole")
    role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"]


def unbounded(document: Document) -> None:
    del properties(document, "JobsRole")["PermissionsBoundary"]


def too_much_to_say(document: Document) -> None:
    statements = properties(document, "JobsRole")["Policies"][0]["PolicyDocument"]["Statement"]
    statements *= 3


def lost_with_the_stack(document: Document) -> None:
    document["Resources"]["PromotionsTable"]["DeletionPolicy"] = "Delete"


PLANTED = [
    (
        "dev-pipelines-fraud",
        no_json,
        "DefinitionIsTheReleases",
        "FraudTraining",
        "its definition is none: no JSON with steps.",
    ),
    (
        "dev-pipelines-fraud",
        another_tag,
        "DefinitionIsTheReleases",
        "FraudTraining",
        "the tag penstock:body is 0, not ",
    ),
    (
        "tooling-registry",
        any_status,
        "OnlyApprovalsGoOn",
        "ApprovedRule",
        "it matches models whose status is anything.",
    ),
    (
        "tooling-registry",
        rejections_too,
        "OnlyApprovalsGoOn",
        "ApprovedRule",
        "it matches models whose status is ['Approved', 'Rejected'].",
    ),
    (
        "tooling-registry",
        rejections_go_on,
        "OnlyApprovalsGoOn",
        "ApprovedRule",
        "it matches models whose status is ['Rejected'].",
    ),
    (
        "pre-prod-workload",
        any_status,
        "OnlyApprovalsGoOn",
        "ApprovedRule",
        "it matches models whose status is anything.",
    ),
    (
        "pre-prod-pipelines-fraud",
        no_cron,
        "SchedulesCanBeRead",
        "FraudTrainingSchedule",
        "cron(bad) is no cron expression of EventBridge.",
    ),
    (
        "dev-pipelines-fraud",
        no_alarm("FraudTrainingFailsAlarm"),
        "FailuresAreTold",
        "FraudTraining",
        "no alarm watches fraud-training.",
    ),
    (
        "prod-workload",
        no_alarm("PromotionDeadAlarm"),
        "FailuresAreTold",
        "PromotionDeadQueue",
        "no alarm watches penstock-prod-promotion-dead.",
    ),
    (
        "prod-workload",
        no_alarm("DeployerFailsAlarm"),
        "FailuresAreTold",
        "DeployerFunction",
        "no alarm watches penstock-prod-deployer.",
    ),
    (
        "tooling-delivery",
        no_alarm("FraudToProdFailsAlarm"),
        "FailuresAreTold",
        "FraudToProd",
        "no alarm watches penstock-prod-fraud.",
    ),
    (
        "prod-workload",
        no_alarm("ScheduleGroupFailsAlarm"),
        "FailuresAreTold",
        "ScheduleGroup",
        "no alarm watches penstock-prod.",
    ),
    (
        "prod-pipelines-fraud",
        another_group,
        "FailuresAreTold",
        "FraudTrainingSchedule",
        "no alarm watches the starts of penstock-fraud-training in the group default.",
    ),
    (
        "dev-pipelines-fraud",
        tells_nobody,
        "FailuresAreTold",
        "FraudTrainingFailsAlarm",
        "the alarm tells nobody.",
    ),
    (
        "dev-pipelines-fraud",
        drops_failures,
        "FailuresAreTold",
        "FraudTrainingSchedule",
        "starts that fail are dropped.",
    ),
    (
        "dev-workload",
        a_password,
        "NoSecrets",
        "StarterFunction",
        "something in it looks like a secret.",
    ),
    (
        "dev-workload",
        an_access_key,
        "NoSecrets",
        "StarterFunction",
        "something in it looks like a secret.",
    ),
    (
        "dev-workload",
        a_whole_account,
        "PrincipalsAreNamed",
        "MessagesKey",
        "it lets arn:aws:iam::111111111111:root in.",
    ),
    ("prod-workload", everybody, "PrincipalsAreNamed", "PromotionQueuePolicy", "it lets * in."),
    (
        "prod-access",
        full_access,
        "PrincipalsAreNamed",
        "JobsRole",
        "it has the managed policy arn:aws:iam::aws:policy/AmazonSageMakerFullAccess.",
    ),
    ("prod-access", unbounded, "RolesAreBounded", "JobsRole", "it has no permissions boundary."),
    (
        "prod-access",
        too_much_to_say,
        "PoliciesFit",
        "JobsRole",
        "its policies have 1",
    ),
    (
        "prod-workload",
        lost_with_the_stack,
        "DataAreKept",
        "PromotionsTable",
        "deleting or replacing it would lose what it holds.",
    ),
]


def found(
    document: Mapping[str, Any], environment: str, size: int = 1
) -> list[tuple[str, str, str]]:
    template = Template("stack", environment, environment, document, size, DIGESTS)
    return [(each.rule, each.resource, each.what) for each in findings(template)]


@pytest.mark.parametrize(("stack", "plant", "rule", "resource", "what"), PLANTED)
def test_a_planted_fault_is_found(
    templates: Documents,
    stack: str,
    plant: Callable[[Document], None],
    rule: str,
    resource: str,
    what: str,
) -> None:
    document = copy.deepcopy(dict(templates[f"penstock-{stack}"]))
    environment = described(document).environment
    assert found(document, environment) == []
    plant(document)
    ((its_rule, its_resource, its_text),) = found(document, environment)
    assert (its_rule, its_resource) == (rule, resource)
    assert its_text.startswith(what)


def test_another_definition_is_told_by_its_digest_and_its_tag(templates: Documents) -> None:
    document = copy.deepcopy(dict(templates["penstock-dev-pipelines-fraud"]))
    another_definition(document)
    digest = hashlib.sha256(definition("another").encode()).hexdigest()
    before = hashlib.sha256(definition("fraud-training").encode()).hexdigest()
    assert found(document, "dev") == [
        (
            "DefinitionIsTheReleases",
            "FraudTraining",
            f"its definition has the SHA-256 {digest}, which the release does not hold.",
        ),
        (
            "DefinitionIsTheReleases",
            "FraudTraining",
            f"the tag penstock:body is {before}, not {digest}.",
        ),
    ]


def test_a_schedule_that_is_on_outside_prod_is_found(templates: Documents) -> None:
    document = copy.deepcopy(dict(templates["penstock-pre-prod-pipelines-fraud"]))
    switched_on(document)
    assert found(document, "pre-prod") == [
        (
            "SchedulesRunInProd",
            "FraudTrainingSchedule",
            "it is on in pre-prod; schedules run in prod alone.",
        ),
    ]


def test_a_template_over_the_limits_is_found(templates: Documents) -> None:
    document = copy.deepcopy(dict(templates["penstock-dev-access"]))
    assert found(document, "dev", 1_000_001) == [
        ("TemplateFits", "", "the template has 1,000,001 bytes; CloudFormation takes 1,000,000.")
    ]
    boundary = document["Resources"]["Boundary"]
    document["Resources"] = {f"Boundary{number}": boundary for number in range(501)}
    assert found(document, "dev") == [
        ("TemplateFits", "", "501 resources; CloudFormation takes 500.")
    ]


def test_every_rule_was_shown_to_fire() -> None:
    shown = {each[2] for each in PLANTED} | {"SchedulesRunInProd", "TemplateFits"}
    # In test_network.py, whose templates have what they look at.
    shown |= {"JobsAreInTheNetwork", "EndpointsKnowTheirRole"}
    assert len(RULES) == len(shown)


def test_a_written_template_knows_its_environment(outdir: Path) -> None:
    template = read_template(
        outdir / "templates" / "penstock-pre-prod-pipelines-fraud.template.json", inputs()
    )
    assert (template.stack, template.kind) == ("penstock-pre-prod-pipelines-fraud", "pre-prod")
    assert template.digests == DIGESTS
