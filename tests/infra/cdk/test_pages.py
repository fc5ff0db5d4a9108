"""What pages show of the templates is what the templates say; --update-goldens writes it anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sentences import IN_NETWORKS, SENTENCES
from synthesis import ROOT, Documents

from infra.cdk.pages.diagram import mermaid
from infra.cdk.pages.idle_costs import table
from infra.cdk.pages.sections import section, with_section
from infra.policies import Estate, Question, matrix

ACCOUNTS = {
    "444444444444": "tooling",
    "111111111111": "dev",
    "222222222222": "pre-prod",
    "333333333333": "prod",
}


def picture(templates: Documents) -> str:
    return f"```mermaid\n{mermaid(templates)}```\n"


PAGES: list[tuple[str, str, Callable[[Documents], str]]] = [
    ("docs/promotion.md", "diagram", picture),
    ("docs/accounts.md", "idle costs", table),
]


@pytest.mark.parametrize(("page", "name", "made"), PAGES)
def test_a_page_shows_what_the_templates_say(
    templates: Documents,
    request: pytest.FixtureRequest,
    page: str,
    name: str,
    made: Callable[[Documents], str],
) -> None:
    path: Path = ROOT / page
    text = path.read_text(encoding="utf-8")
    wanted = made(templates)
    if request.config.getoption("--update-goldens"):
        path.write_text(with_section(text, name, wanted), encoding="utf-8")
        return
    assert section(text, name) == wanted


def test_the_page_of_permissions_says_what_is_proved(
    estate: Estate, request: pytest.FixtureRequest
) -> None:
    path = ROOT / "docs" / "permissions.md"
    page = path.read_text(encoding="utf-8")
    listed = "".join(f"- {each.text}\n" for each in (*SENTENCES, *IN_NETWORKS))
    wanted = with_section(page, "sentences", listed)
    wanted = with_section(wanted, "matrix", permissions(estate))
    if request.config.getoption("--update-goldens"):
        path.write_text(wanted, encoding="utf-8")
        return
    assert page == wanted


def test_the_page_of_accounts_says_what_networks_cost(
    networked_templates: Documents, request: pytest.FixtureRequest
) -> None:
    path = ROOT / "docs" / "accounts.md"
    page = path.read_text(encoding="utf-8")
    wanted = with_section(page, "idle costs of a network", table(networked_templates))
    if request.config.getoption("--update-goldens"):
        path.write_text(wanted, encoding="utf-8")
        return
    assert page == wanted


def permissions(estate: Estate) -> str:
    """Return the tables: who may do what with what tooling keeps."""
    group = estate.resource("penstock-tooling-registry/GroupFraud")
    package = f"{group.replace(':model-package-group/', ':model-package/')}/7"
    status = "sagemaker:ModelApprovalStatus"
    pending = {
        status: "PendingManualApproval",
        "sagemaker:CustomerMetadataProperties/release_digest": "5" * 8,
    }
    key = {"kms:ResourceAliases": "alias/penstock-promotion"}
    gate = "arn:aws:codepipeline:eu-west-1:444444444444:penstock-delivery-fraud/Gate/Approve"
    release = "arn:aws:s3:::penstock-releases/D.tar"
    model = "arn:aws:s3:::penstock-models/promoted/M"
    update = "sagemaker:UpdateModelPackage"
    seal = estate.resource("penstock-tooling-registry/SealKey")
    once = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}
    passed = "arn:aws:s3:::penstock-releases/promoted/fraud/7/T/pre-prod.json"
    rejection = "arn:aws:s3:::penstock-ledger/rejections/R"
    live = "arn:aws:s3:::penstock-prod-ledger/live/L"
    decisions = "arn:aws:s3:::penstock-prod-artifacts/D"
    pipeline = "arn:aws:sagemaker:eu-west-1:333333333333:pipeline/fraud-inference"
    deploys = "arn:aws:iam::333333333333:role/penstock-prod-pipelines-fraud"
    stack = "arn:aws:cloudformation:eu-west-1:333333333333:stack/penstock-prod-pipelines-fraud/1"
    questions = [
        Question("sagemaker:CreateModelPackage", group, pending, name="central group"),
        Question(update, package, {status: "Approved"}, name="central model"),
        Question(update, package, {status: "Rejected"}, name="central model"),
        Question("sagemaker:DescribeModelPackage", package, name="central model"),
        Question("kms:Sign", seal, key, name="seal"),
        Question("kms:Verify", seal, key, name="seal"),
        Question("codepipeline:PutApprovalResult", gate, name="gate of fraud's delivery"),
        Question("s3:PutObject", release, once, name="new release"),
        Question("s3:GetObject", release, name="release"),
        Question("s3:PutObject", model, once, name="new promoted file"),
        Question("s3:GetObject", model, name="promoted file"),
        Question("s3:DeleteObject", model, name="promoted file"),
        Question("s3:PutObject", passed, once, name="pre-prod's success"),
        Question("s3:PutObject", rejection, once, name="record of a rejection"),
        Question("s3:PutObject", live, once, name="record of what is live in prod"),
        Question("s3:PutObject", decisions, name="prod's artifacts"),
        Question("sts:AssumeRole", deploys, name="who deploys fraud to prod"),
        Question("cloudformation:UpdateStack", stack, name="prod's stack of fraud"),
        Question("sagemaker:StartPipelineExecution", pipeline, name="prod's inference"),
    ]
    tables = []
    for account, title in ACCOUNTS.items():
        table = matrix(estate, estate.principals(account), questions).markdown()
        short = table.replace(f"penstock-{title}-", "")
        tables.append(f"### Roles of {title}\n\n{short}")
    return "\n" + "\n".join(tables)


def test_a_picture_shows_the_way_of_an_approval(templates: Documents) -> None:
    lines = mermaid(templates).splitlines()
    for line in (
        "  registry_tooling -- Approved --> bus_penstock_pre_prod_promotion",
        "  bus_penstock_pre_prod_promotion -- Approved --> queue_penstock_pre_prod_promotion",
        "  queue_penstock_pre_prod_promotion --> function_penstock_pre_prod_deployer",
        "  registry_tooling -- Rejected --> function_penstock_tooling_recorder",
    ):
        assert line in lines


def test_idle_costs_are_counted(templates: Documents) -> None:
    rows = table(templates).splitlines()
    assert rows[0] == "| environment | keys of KMS | alarms | dashboards | USD a month |"
    tooling = [
        each["Type"]
        for stack in ("access", "registry", "delivery")
        for each in templates[f"penstock-tooling-{stack}"]["Resources"].values()
    ]
    keys, alarms = tooling.count("AWS::KMS::Key"), tooling.count("AWS::CloudWatch::Alarm")
    assert f"| tooling | {keys} | {alarms} | 0 | {keys + alarms * 0.1:.2f} |" in rows
