"""What cannot be deployed is told at once; the app needs a release."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from synthesis import ROOT, inputs, use_case

from infra.cdk.inputs import inputs_of
from infra.cdk.name_lengths import names_too_long
from penstock.environments import Environments, parse_environments
from penstock.errors import RequestError
from penstock.release import Release

TEXT = (ROOT / "environments.yaml").read_text(encoding="utf-8")


class NoPipelines:
    """The manifest of a release without pipelines."""

    pipelines = ()


def release() -> Release:
    return Release("0" * 64, NoPipelines(), None, {})  # type: ignore[arg-type]


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
