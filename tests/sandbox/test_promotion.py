"""A release on its whole way through the accounts of a sandbox."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from small_definitions import FAILS, WRITES, definition, processing, wait

from penstock.cli.main import main
from penstock.deployment.origin import Origin
from penstock.deployment.place import open_place
from penstock.deployment.upserting import upsert
from penstock.deployment.wanted import Wanted
from penstock.environments import load_environments


@pytest.fixture
def at(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Go to an environment, as another shell with its credentials would."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments.yaml").write_text(
        (Path(__file__).parents[2] / "environments.yaml").read_text()
    )

    def go(environment: str) -> Path:
        for name, value in sandbox.variables(environment).items():
            monkeypatch.setenv(name, value)
        return tmp_path

    return go


def deployed(folder: Path, name: str, code: str, release: str) -> str:
    """Put a pipeline of a release into pre-prod, and return its body's digest."""
    environment = load_environments(folder / "environments.yaml").get("pre-prod")
    place = open_place(environment, "arn:aws:iam::222222222222:user/ci", folder)
    wanted = Wanted(
        name=name,
        definition=definition(processing("write", code), processing("next", WRITES)),
        assets={},
        role=environment.role,
        parallel=2,
        parameters=environment.parameters,
        origin=Origin("a" * 40, release=release),
    )
    upsert(wanted, place)
    return wanted.body


def passes(name: str, capsys: pytest.CaptureFixture[str], environment: str = "pre-prod") -> str:
    """Return what `release pass` refuses."""
    assert main(["release", "pass", name, "--env", environment]) == 2
    return capsys.readouterr().err


def test_a_success_in_pre_prod_is_written_down_once(
    at: Callable[[str], Path], client_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = at("pre-prod")
    body = deployed(folder, "passes", WRITES, "1" * 64)
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
    at: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = at("pre-prod")
    deployed(folder, "fails", FAILS, "2" * 64)
    deployed(folder, "unreleased", WRITES, "")
    assert main(["start", "fails", "--env", "pre-prod", "--wait"]) == 1
    assert main(["start", "unreleased", "--env", "pre-prod", "--wait"]) == 0
    assert "note: this success does not open prod: " in capsys.readouterr().err
    assert passes("fails", capsys).endswith(
        "is Failed, not Succeeded. Only a success opens prod.\n"
    )
    assert passes("unreleased", capsys) == (
        "pipeline: EXECUTION: unreleased in pre-prod is of no release. Deploy one: pipeline upsert "
        "--env pre-prod --release FILE.\n"
    )
    at("dev")
    assert passes("fails", capsys, "dev") == (
        "pipeline: --env: successes in dev open nothing. Name a pre-prod that keeps `releases`.\n"
    )


def test_an_execution_of_another_release_or_of_some_steps_opens_nothing(
    at: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = at("pre-prod")
    deployed(folder, "promoted", WRITES, "3" * 64)
    assert main(["start", "promoted", "--env", "pre-prod", "--wait"]) == 0
    time.sleep(1.1)
    # The same body in another release: what ran before it may have been other code.
    deployed(folder, "promoted", WRITES, "4" * 64)
    capsys.readouterr()
    assert "was started before release 444444444444 was deployed." in passes("promoted", capsys)
    assert main(["replay", "promoted", "next", "--env", "pre-prod", "--resume", "--json"]) == 0
    arn = json.loads(capsys.readouterr().out)["execution"]
    wait(boto3.session.Session().client("sagemaker"), arn)
    assert "ran next alone, on another execution's results." in passes("promoted", capsys)


def test_a_resumed_step_never_runs_under_another_definition(
    at: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = at("pre-prod")
    deployed(folder, "changing", WRITES, "5" * 64)
    assert main(["start", "changing", "--env", "pre-prod", "--wait"]) == 0
    deployed(folder, "changing", f"{WRITES}; 0", "6" * 64)
    capsys.readouterr()
    assert main(["replay", "changing", "next", "--env", "pre-prod", "--resume"]) == 2
    assert "another definition is deployed now than changing/" in capsys.readouterr().err


def test_a_token_that_started_something_else_is_refused(
    at: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(at("pre-prod"), "twice", WRITES, "7" * 64)
    start = ["start", "twice", "--env", "pre-prod", "--token", "build-1", "--wait"]
    assert main([*start, "--set", "rows=4"]) == 0
    assert main([*start, "--set", "rows=4"]) == 0
    capsys.readouterr()
    assert main([*start, "--set", "rows=5"]) == 2
    assert capsys.readouterr().err.endswith(
        " before, with rows 4, not 5. Nothing was started. Give another token.\n"
    )
