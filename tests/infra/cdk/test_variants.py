"""Other files and releases: each is synthesized and held to the same checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from synthesis import ROOT, Documents, inputs, placed, synthesize, use_case

from infra.policies import load_estate, read_keys
from infra.policies.calls import Call, Judgement, judge
from penstock.environments import load_environments

TEXT = (ROOT / "environments.yaml").read_text(encoding="utf-8")
TABLE = "iceberg+glue://?warehouse=s3://lake/warehouse#sales.orders"
SECOND_REGION = f"""\
  prod-us:
    account: "333333333333"
    region: us-east-1
    role: arn:aws:iam::333333333333:role/penstock-execution-us
    artifacts: s3://penstock-prod-us-artifacts
    image: 444444444444.dkr.ecr.us-east-1.amazonaws.com/penstock@sha256:{"01" * 32}
    records: penstock-deployments
    ledger: dynamodb://approvals?bucket=penstock-prod-us-ledger&key=alias/penstock-approvals
    schedule: {{enabled: true}}
    approvers: [ben, cat]
    tags: {{owner: machine-learning}}
"""


ROWS = [
    (
        "iceberg+glue://?warehouse=s3://lake/rows#shop.orders",
        ("iceberg+glue://?warehouse=s3://lake/decisions#shop.decisions",),
    ),
    ("postgresql://reader@shop/db?password=aws:shop/reader#orders", ("source#decisions",)),
    ("iceberg+rest://catalog?token=aws:catalog#shop.orders", ("s3://decisions",)),
    ("s3://rows/orders/*/part.parquet", ()),
]
"""Sources and sinks of other kinds than folders of S3."""


def shared_account() -> str:
    """Return the file with dev and pre-prod in one account."""
    text = TEXT.replace("222222222222", "111111111111")
    pre_prod = text.index("  pre-prod:")
    prod = text.index("  prod:")
    own = text[pre_prod:prod].replace("penstock-execution", "penstock-execution-pre-prod")
    own = own.replace("records: penstock-deployments", "records: penstock-pre-prod-deployments")
    own = own.replace("dynamodb://penstock-approvals", "dynamodb://penstock-pre-prod-approvals")
    own = own.replace("key=alias/penstock-approvals", "key=alias/penstock-pre-prod-approvals")
    return text[:pre_prod] + own + text[prod:]


@pytest.mark.slow
def test_two_stages_share_one_account(tmp_path: Path) -> None:
    templates = synthesize(inputs(shared_account()), tmp_path)
    resources = templates["penstock-pre-prod-pipelines-fraud"]["Resources"]
    assert resources["FraudTraining"]["Properties"]["PipelineName"] == "fraud-training-pre-prod"
    deployer = templates["penstock-pre-prod-workload"]["Resources"]["DeployerFunction"]
    assert deployer["Properties"]["Environment"]["Variables"]["PENSTOCK_SUFFIX"] == "-pre-prod"
    named: dict[tuple[str, str], str] = {}
    for stack in ("access", "pipelines-fraud", "pipelines-wine-taste", "workload"):
        for environment in ("dev", "pre-prod"):
            name = f"penstock-{environment}-{stack}"
            for title, resource in templates[name]["Resources"].items():
                for key, value in resource.get("Properties", {}).items():
                    if (
                        key.endswith("Name")
                        and key not in ("FunctionName", "MetricName", "EventBusName", "GroupName")
                        and isinstance(value, str)
                    ):
                        mine = (resource["Type"], value)
                        assert named.setdefault(mine, name + title) == name + title


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 10])
def test_one_use_case_and_ten(tmp_path: Path, count: int) -> None:
    cases = [use_case(f"case_{number}") for number in range(count)]
    cases[0] = replace(cases[0], source=TABLE, incremental=True)
    if count > len(ROWS):
        given = [
            replace(case, source=source, sinks=sinks)
            for case, (source, sinks) in zip(cases[1:], ROWS, strict=False)
        ]
        cases = [cases[0], *given, *cases[len(given) + 1 :]]
    templates = synthesize(inputs(use_cases=cases), tmp_path)
    stacks = [name for name in templates if name.startswith("penstock-prod-pipelines-")]
    assert stacks == [f"penstock-prod-pipelines-case-{number}" for number in range(count)]
    for stack in stacks:
        kinds = [each["Type"] for each in templates[stack]["Resources"].values()]
        assert kinds.count("AWS::SageMaker::Pipeline") == 2
        assert kinds.count("AWS::Scheduler::Schedule") == 2
    kinds = [each["Type"] for each in templates["penstock-tooling-delivery"]["Resources"].values()]
    assert kinds.count("AWS::CodePipeline::Pipeline") == 2 * count
    if count > len(ROWS):
        jobs = templates["penstock-prod-access"]["Resources"]["JobsRole"]["Properties"]
        (policy,) = jobs["Policies"]
        sids = {each["Sid"] for each in policy["PolicyDocument"]["Statement"]}
        assert sids >= {"SourceTables", "SinkTables", "Secrets"}
    judgement = judged(templates)
    assert not judgement.refused, f"\n{judgement.refusals}"
    starter = templates["penstock-prod-workload"]["Resources"]["StarterFunction"]["Properties"]
    variables = starter["Environment"]["Variables"]
    assert variables["PENSTOCK_INCREMENTAL"] == '["case_0"]'
    assert variables["PENSTOCK_WAITING"].endswith("/333333333333/penstock-prod-waiting-starts")


def judged(templates: Documents) -> Judgement:
    """Ask whether roles may read a table in Glue, tell its snapshot, and see what was done."""
    environments, table = load_environments(ROOT / "environments.yaml"), ("sales", "orders")
    found = placed(templates)
    calls = []
    for name, role in (
        ("prod", "execution"),
        ("prod", "prod-starter"),
        ("pre-prod", "pre-prod-deployer"),
        ("dev", "dev-delivery"),
    ):
        arn = f"arn:aws:iam::{environments.get(name).account}:role/penstock-{role}"
        given = dict(zip(("DatabaseName", "Name"), table, strict=True))
        calls.append(Call(arn, "test", "eu-west-1", "glue", "GetTable", given))
    starter, place = calls[1].role, "arn:aws:sagemaker:eu-west-1:333333333333:"
    for operation, given in (
        ("ListModelPackages", {"ModelPackageGroupName": "case-0"}),
        ("DescribeModelPackage", {"ModelPackageName": f"{place}model-package/case-0/1"}),
        ("ListTags", {"ResourceArn": f"{place}pipeline/case-0-training"}),
        ("ListPipelineExecutions", {"PipelineName": "case-0-training"}),
    ):
        calls.append(Call(starter, "test", "eu-west-1", "sagemaker", operation, given))
    return judge(load_estate(found), calls, read_keys(found))


@pytest.mark.slow
def test_a_second_region(tmp_path: Path) -> None:
    templates = synthesize(
        inputs(TEXT.replace("  tooling:", SECOND_REGION + "  tooling:")), tmp_path
    )
    queues = templates["penstock-tooling-delivery"]["Resources"]["OpenerFunction"]["Properties"]
    assert queues["Environment"]["Variables"]["PENSTOCK_PROD_QUEUES"] == (
        '["https://sqs.eu-west-1.amazonaws.com/333333333333/penstock-prod-promotion", '
        '"https://sqs.us-east-1.amazonaws.com/333333333333/penstock-prod-us-promotion"]'
    )
