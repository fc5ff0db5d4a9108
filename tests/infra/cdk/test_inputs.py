"""What cannot be deployed is told at once; the app needs a release."""

from __future__ import annotations

import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from synthesis import ROOT, inputs, use_case

from infra.cdk.access.rows import row_statements, snapshot_statements
from infra.cdk.inputs import Inputs, UseCaseFacts, inputs_of
from infra.cdk.name_lengths import names_alike, names_too_long
from infra.cdk.places import Files, Place
from infra.cdk.reaching import unreachable
from penstock.environments import Environments, parse_environments
from penstock.errors import RequestError
from penstock.release import Release

TEXT = (ROOT / "environments.yaml").read_text(encoding="utf-8")


class NoCommit:
    """The provenance of a release of nothing."""

    commit, dirty = "c0ffee", True


class NoPipelines:
    """The manifest of a release without pipelines."""

    pipelines = ()


def release() -> Release:
    return Release("0" * 64, NoPipelines(), NoCommit(), {})  # type: ignore[arg-type]


def environments(text: str) -> Environments:
    return parse_environments(text, "environments.yaml")


def told(text: str) -> list[str]:
    with pytest.raises(RequestError) as refused:
        inputs_of(environments(text), release())
    return [str(each) for each in refused.value.problems]


def test_the_projects_own_file_can_be_deployed() -> None:
    made = inputs_of(environments(TEXT), release())
    assert [each.environment.name for each in made.workloads()] == ["dev", "pre-prod", "prod"]
    assert made.tooling.account == "444444444444"


def test_a_file_without_tooling_is_told() -> None:
    assert told(TEXT[: TEXT.index("  tooling:")]) == [
        "environments.yaml: the app needs one environment `tooling`; there are 0. "
        "Name one account for the delivery."
    ]


def test_everything_that_is_missing_or_named_twice_is_told_at_once() -> None:
    text = TEXT.replace("s3://penstock-pre-prod-artifacts", "s3://penstock-dev-artifacts")
    cut = text.index("    registry: sagemaker://eu-west-1?bucket=penstock-models\n")
    text = text[:cut] + "    alarms: [machine-learning@example.com]\n"
    assert told(text) == [
        "environments.yaml: the setting 'registry' of tooling is missing. "
        "The app makes it: add `registry: ...`.",
        "environments.yaml: the setting 'ledger' of tooling is missing. "
        "The app makes it: add `ledger: ...`.",
        "environments.yaml: dev and pre-prod name the same artifacts penstock-dev-artifacts. "
        "The stacks make one each: name two.",
    ]


def test_the_account_of_the_delivery_runs_no_pipelines() -> None:
    text = TEXT.replace("111111111111", "444444444444")
    assert told(text) == [
        "environments.yaml: dev is in the account of tooling; its roles could reach the registry. "
        "Give the delivery an account of its own."
    ]


def read(text: str, *cases: UseCaseFacts) -> Inputs:
    made = environments(text)
    by_name = {each.name: each for each in cases}
    return Inputs([each for each in made if each.name != "local"], [], by_name)


def case(source: str, *sinks: str, tables: tuple[str, ...] = ()) -> UseCaseFacts:
    return UseCaseFacts("orders", "orders", source, sinks, {}, tables)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "data/rows",
            "no job in AWS reaches data/rows, which is on one machine. "
            "Name a place of s3://, postgresql://, iceberg+glue:// or iceberg+rest://.",
        ),
        (
            "sqlite:////data/shop.db#rows",
            "no job in AWS reaches sqlite:////data/shop.db#rows, which is on one machine. "
            "Name a place of s3://, postgresql://, iceberg+glue:// or iceberg+rest://.",
        ),
        (
            "mysql://shop#rows",
            "the scheme 'mysql' is unknown. "
            "Name a place of s3://, postgresql://, iceberg+glue:// or iceberg+rest://.",
        ),
        (
            "postgresql://reader@shop/db?password=env:SHOP#rows",
            "the password is in the variable SHOP, which no job in AWS has. "
            "Keep it in AWS Secrets Manager: ?password=aws:SECRET or aws:SECRET/FIELD.",
        ),
        (
            "postgresql://reader:secret@shop/db#rows",
            "a password stands in the address. "
            "Leave it out and say where it is: ?password=env:NAME or ?password=aws:SECRET.",
        ),
        (
            "iceberg+rest://catalog?token=env:TOKEN#shop.rows",
            "the token is in the variable TOKEN, which no job in AWS has. "
            "Keep it in AWS Secrets Manager: ?token=aws:SECRET or aws:SECRET/FIELD.",
        ),
        (
            "iceberg+glue://#shop.rows",
            "the table's files are somewhere in S3, and the address does not say where. "
            "Add ?warehouse=s3://BUCKET/PREFIX, below which it is.",
        ),
        (
            "iceberg+glue://?warehouse=s3://lake&profile=me#shop.rows",
            "the option 'profile' names one of a shell, and a job has its role alone. "
            "Leave it out.",
        ),
        (
            "iceberg+glue://?warehouse=s3://lake#a.b.c",
            "'a.b.c' is no table of AWS Glue. Write #DATABASE.TABLE.",
        ),
    ],
)
def test_rows_that_no_job_reaches_are_refused(address: str, message: str) -> None:
    assert [str(each) for each in unreachable(read(TEXT, case(address)))] == [
        f"use_cases/orders/use_case.yaml: the source of orders in {environment}: {message}"
        for environment in ("dev", "pre-prod", "prod")
    ]


def test_decisions_that_no_job_of_prod_reaches_are_refused_with_the_rows() -> None:
    given = "    sources: {orders: 'iceberg+glue://#shop.rows'}\n    schedule: {enabled: true}"
    text = TEXT.replace("    schedule: {enabled: true}", given)
    made = read(text, case("s3://shop/rows", "source#decisions", "decisions"))
    assert [str(each) for each in unreachable(made)] == [
        "environments.yaml: the source of orders in prod: the table's files are somewhere in S3, "
        "and the address does not say where. "
        "Add ?warehouse=s3://BUCKET/PREFIX, below which it is.",
        "use_cases/orders/use_case.yaml: the sink of orders in prod: the table's files are "
        "somewhere in S3, and the address does not say where. "
        "Add ?warehouse=s3://BUCKET/PREFIX, below which it is.",
        "use_cases/orders/use_case.yaml: the sink of orders in prod: no job in AWS reaches "
        "decisions, which is on one machine. "
        "Name a place of s3://, postgresql://, iceberg+glue:// or iceberg+rest://.",
    ]


def test_rows_that_a_network_of_ours_does_not_lead_to_are_refused() -> None:
    glue = "iceberg+glue://?warehouse=s3://lake#shop.orders"
    network = "    vpc: 10.20.0.0/22\n    endpoints: [glue]\n"
    text = TEXT.replace("  tooling:\n", f"{network}  tooling:\n")
    assert unreachable(read(text, case(glue))) == []
    made = read(
        text.replace("[glue]", "[sts]"), case(glue, "postgresql://w@shop/d?password=aws:k#o")
    )
    assert [str(each) for each in unreachable(made)] == [
        "environments.yaml: the source of orders in prod asks glue, and the vpc there leads to no "
        "such service. Add glue to the `endpoints` of prod.",
        "environments.yaml: the sink of orders in prod asks secretsmanager, and the vpc there "
        "leads to no such service. Add secretsmanager to the `endpoints` of prod.",
    ]


def test_a_table_in_a_region_that_a_network_of_ours_does_not_lead_to_is_refused() -> None:
    glue = "iceberg+glue://?region=us-east-1&warehouse=s3://lake#shop.orders"
    network = "    vpc: 10.20.0.0/22\n    endpoints: [glue]\n"
    assert unreachable(read(TEXT, case(glue))) == []
    made = read(TEXT.replace("  tooling:\n", f"{network}  tooling:\n"), case(glue))
    assert [str(each) for each in unreachable(made)] == [
        "environments.yaml: the source of orders in prod is in us-east-1, and the vpc there leads "
        "to eu-west-1. Keep the table there, or bring subnets that lead to both."
    ]


def test_several_tables_of_a_place_are_each_granted_and_nothing_beside_them() -> None:
    made = read(TEXT, case("s3://shop/rows", tables=("orders", "customers")))
    (dev,) = made.workloads("dev")
    assert made.source_places(dev) == [
        Place((Files("shop", "rows/customers"), Files("shop", "rows/orders")))
    ]
    glue = "iceberg+glue://?region=us-east-1&warehouse=s3://lake/shop"
    made = read(TEXT, case(glue, tables=("shop.orders",)))
    assert row_statements(made, dev) == [
        {
            "Sid": "Sources",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::lake/shop/*",
        },
        {
            "Sid": "SourceTables",
            "Effect": "Allow",
            "Action": "glue:GetTable",
            "Resource": [
                "arn:aws:glue:us-east-1:111111111111:catalog",
                "arn:aws:glue:us-east-1:111111111111:database/shop",
                "arn:aws:glue:us-east-1:111111111111:table/shop/orders",
            ],
        },
    ]


@pytest.mark.parametrize(
    "warehouse", ["s3://lake/shop.db/orders", "s3://lake/shop.db", "s3://lake"]
)
def test_who_tells_a_snapshot_reads_the_metadata_wherever_the_warehouse_begins(
    warehouse: str,
) -> None:
    made = read(TEXT, case(f"iceberg+glue://?warehouse={warehouse}#shop.orders"))
    (prod,) = made.workloads("prod")
    table, state = snapshot_statements(made, prod)
    assert table["Action"] == "glue:GetTable"
    patterns = state["Resource"]
    below = "arn:aws:s3:::lake/shop.db/orders"
    assert any(fnmatchcase(f"{below}/metadata/1.json", each) for each in patterns)
    assert not any(fnmatchcase(f"{below}/data/1.parquet", each) for each in patterns)


def test_a_catalog_that_hands_out_its_files_asks_for_its_secret_alone() -> None:
    made = read(TEXT, case("iceberg+rest://catalog?token=aws:shop/catalog/token#shop.rows"))
    (dev,) = made.workloads("dev")
    place = "arn:aws:secretsmanager:eu-west-1:111111111111:secret"
    assert row_statements(made, dev) == [
        {
            "Sid": "Secrets",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            # A slash may be the name's own, or stand before a field.
            "Resource": [f"{place}:shop/catalog-??????", f"{place}:shop/catalog/token-??????"],
        }
    ]


def test_a_secret_is_granted_by_its_arn_where_that_is_given() -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop-Ab1cD2"
    made = read(TEXT, case(f"postgresql://reader@shop/db?password=aws:{secret}/password#rows"))
    (dev,) = made.workloads("dev")
    (statement,) = row_statements(made, dev)
    assert statement["Resource"] == [secret, f"{secret}/password"]


def test_names_that_a_service_would_refuse_are_told_with_the_use_case_s_file() -> None:
    long, longer = f"case_{'x' * 35}", f"case_{'y' * 60}"
    made = inputs(use_cases=[use_case("fraud"), use_case(long, chained=True), use_case(longer)])
    assert [str(each) for each in names_too_long(made)] == [
        f"use_cases/{long}/use_case.yaml: the rule "
        f"penstock-prod-after-case-{'x' * 35}-inference would have 70 characters; EventBridge "
        f"takes 64. Shorten its name, or set a `model_group` shorter than case-{'x' * 35} by 6.",
        f"use_cases/{longer}/use_case.yaml: the role penstock-pre-prod-pipelines-case-{'y' * 60} "
        "would have 93 characters; IAM takes 64. Shorten its name, or set a `model_group` shorter "
        f"than case-{'y' * 60} by 29.",
    ]


def test_groups_that_differ_in_signs_that_names_leave_out_are_told() -> None:
    made = inputs(use_cases=[use_case("fraud_2"), use_case("fraud"), use_case("fraud2")])
    assert [str(each) for each in names_alike(made)] == [
        "use_cases/fraud2/use_case.yaml: its group fraud2 is too much like fraud-2 of fraud_2: the "
        "resources of both would have one name. "
        "Set a `model_group` that differs in more than case, - and _."
    ]


def test_a_use_case_as_long_as_names_allow_fits() -> None:
    fits = use_case(f"case_{'x' * 31}")
    assert not list(names_too_long(inputs(use_cases=[fits])))
    assert len(list(names_too_long(inputs(use_cases=[use_case(f"case_{'x' * 32}")])))) == 1


def app(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PENSTOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "infra.cdk.app"],
        env={**inherited, "CDK_OUTDIR": str(folder / "cdk.out"), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_app_asks_for_a_release(tmp_path: Path) -> None:
    done = app(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "infra.cdk: PENSTOCK_RELEASE names no release. Build one: pipeline release build; then "
        "PENSTOCK_RELEASE=dist/….penstock.tar.\n"
    )
    assert not (tmp_path / "cdk.out").exists()


def test_the_app_refuses_a_damaged_release(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.penstock.tar"
    wrong.write_bytes(b"nothing")
    done = app(tmp_path, PENSTOCK_RELEASE=str(wrong))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"infra.cdk: {wrong}: ")
    assert not (tmp_path / "cdk.out").exists()
