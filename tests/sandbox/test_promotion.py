"""A release on its whole way through the accounts of a sandbox."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_definitions import FAILS, WRITES, definition, processing

from penstock.cli.main import main
from penstock.deployment.wanted import body_digest


@pytest.fixture
def at(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Go to an environment, as another shell with its credentials would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments.yaml").write_text(
        (Path(__file__).parents[2] / "environments.yaml").read_text()
    )

    def go(environment: str) -> None:
        for name, value in sandbox.variables(environment).items():
            monkeypatch.setenv(name, value)

    return go


def deployed(client_of: Any, name: str, code: str, release: str) -> str:
    """Put a pipeline of a release into pre-prod, and return its body's digest."""
    text = definition(processing("write", code))
    client_of("sagemaker", "pre-prod").create_pipeline(
        PipelineName=name,
        PipelineDefinition=text,
        RoleArn="arn:aws:iam::222222222222:role/penstock-execution",
        Tags=[
            {"Key": "penstock:release", "Value": release},
            {"Key": "penstock:body", "Value": body_digest(text)},
        ],
    )
    return body_digest(text)


def test_a_success_in_pre_prod_is_written_down_once(
    at: Callable[[str], None], client_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    body = deployed(client_of, "passes", WRITES, "1" * 64)
    at("pre-prod")
    assert main(["start", "passes", "--env", "pre-prod", "--wait"]) == 0
    assert f"note: passes of release {'1' * 12} opens prod\n" in capsys.readouterr().err
    assert main(["release", "pass", "passes", "--env", "pre-prod"]) == 0
    said = capsys.readouterr().out
    assert said == f"passes of release {'1' * 12} had opened prod before\n"
    kept = client_of("s3", "tooling").get_object(
        Bucket="penstock-releases", Key=f"{'1' * 64}/passed/pre-prod/passes.json"
    )
    facts = json.loads(kept["Body"].read())
    assert (facts["body"], facts["pipeline"], facts["stage"]) == (body, "passes", "pre-prod")


def test_what_does_not_count_is_told(
    at: Callable[[str], None], client_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(client_of, "fails", FAILS, "2" * 64)
    deployed(client_of, "unreleased", WRITES, "none")
    at("pre-prod")
    assert main(["start", "fails", "--env", "pre-prod", "--wait"]) == 1
    assert main(["start", "unreleased", "--env", "pre-prod", "--wait"]) == 0
    capsys.readouterr()
    assert main(["release", "pass", "fails", "--env", "pre-prod"]) == 2
    assert "is Failed, not Succeeded. Only a success opens prod." in capsys.readouterr().err
    assert main(["release", "pass", "unreleased", "--env", "pre-prod"]) == 2
    assert capsys.readouterr().err == (
        "pipeline: EXECUTION: unreleased in pre-prod is of no release. Deploy one: pipeline upsert "
        "--env pre-prod --release FILE.\n"
    )
    at("dev")
    assert main(["release", "pass", "fails", "--env", "dev"]) == 2
    assert capsys.readouterr().err == (
        "pipeline: --env: successes in dev open nothing. Name a pre-prod that keeps `releases`.\n"
    )
