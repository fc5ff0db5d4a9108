"""A finding of any check fails the synthesis; AWS's linter has none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from synthesis import inputs

from infra.cdk.app import build, use_own_node


def planted(folder: Path, properties: dict[str, Any]) -> str:
    """Synthesize with one role more; return the names of the rules that refuse it."""
    use_own_node()
    from aws_cdk import aws_iam as iam

    scratch = folder / "scratch"
    scratch.mkdir()
    app = build(inputs(), str(folder / "cdk.out"), scratch)
    stack = app.node.find_child("prod").node.find_child("workload")
    iam.CfnRole(stack, "Planted", **properties)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((folder / "cdk.out" / "validation-report.json").read_text())
    return json.dumps(report)


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.mark.slow
def test_a_wildcard_that_nobody_gave_a_reason_for_fails_the_synthesis(tmp_path: Path) -> None:
    from aws_cdk import aws_iam as iam

    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = iam.CfnRole.PolicyProperty(
        policy_name="planted", policy_document={"Version": "2012-10-17", "Statement": [statement]}
    )
    refused = planted(
        tmp_path,
        {
            "assume_role_policy_document": TRUST,
            "permissions_boundary": "arn:aws:iam::333333333333:policy/penstock-prod-boundary",
            "policies": [policy],
        },
    )
    assert "AwsSolutions-IAM5[Resource::*]" in refused


@pytest.mark.slow
def test_a_finding_of_our_own_rules_fails_the_synthesis(tmp_path: Path) -> None:
    refused = planted(tmp_path, {"assume_role_policy_document": TRUST})
    assert "RolesAreBounded" in refused


def lint(*paths: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).parent / "cfn-lint"), *map(str, paths)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(outdir: Path, tmp_path: Path) -> None:
    done = lint(*sorted((outdir / "templates").iterdir()))
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    # It reads them: a misspelt action is told.
    source = outdir / "templates" / "penstock-dev-access.template.json"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(source.read_text().replace("s3:GetObject", "s3:GetObjekt"))
    assert "s3:GetObjekt" in lint(wrong).stdout or "getobjekt" in lint(wrong).stdout.lower()
