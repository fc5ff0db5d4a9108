"""`pipeline release deliver`: who may be named, and what is asked before anything starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DIGEST = "5" * 64
Command = Callable[..., Any]


@pytest.fixture
def in_tooling(in_dev: Path, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of tooling."""
    for name, value in sandbox.variables("tooling").items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("in_dev")
def test_an_environment_that_runs_pipelines_delivers_nothing(pipeline: Command) -> None:
    answer = pipeline("release", "deliver", DIGEST, "--env", "dev")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: --env: dev delivers nothing. Name a tooling that keeps `releases`.\n"
    )


@pytest.mark.usefixtures("in_dev")
def test_nothing_is_asked_of_tooling_with_credentials_of_dev(pipeline: Command) -> None:
    answer = pipeline("release", "deliver", DIGEST, "--env", "tooling")
    assert answer.code == 2
    assert "the file says account 444444444444 for tooling, STS says 111111111111" in answer.err


@pytest.mark.usefixtures("in_tooling")
def test_a_release_that_tooling_does_not_keep_is_told(pipeline: Command) -> None:
    answer = pipeline("release", "deliver", DIGEST, "--env", "tooling")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"pipeline: s3://penstock-releases/{DIGEST}.tar: there is no such release. Look at the "
        "digest, or store the release: pipeline release build --store.\n"
    )
