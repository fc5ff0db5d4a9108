import os
import sys
from pathlib import Path

import pytest

from penstock.targets.local.jobs.environment import job_environment

PROJECT = Path("/project")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {
        "HOME": "/home/me",
        "PATH": "/usr/bin",
        "PYTHONPATH": "/elsewhere",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_PROFILE": "mine",
        "DATABASE_PASSWORD": "secret",
        "HTTPS_PROXY": "http://proxy",
    }.items():
        monkeypatch.setenv(name, value)


ALWAYS = {
    "HOME": "/home/me",
    "PATH": f"{Path(sys.executable).parent}:/usr/bin",
    "PYTHONPATH": "/project",
    "PYTHONUNBUFFERED": "1",
}


def test_a_job_sees_nothing_of_the_user_beyond_what_it_needs() -> None:
    assert job_environment({}, project=PROJECT, needs_s3=False) == ALWAYS


def test_a_job_with_artifacts_in_s3_gets_the_aws_settings() -> None:
    assert job_environment({}, project=PROJECT, needs_s3=True) == {
        **ALWAYS,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_PROFILE": "mine",
    }


def test_a_job_sees_what_the_user_passes() -> None:
    passed = ("HTTPS_PROXY", "NOT_SET")
    assert job_environment({}, project=PROJECT, needs_s3=False, passed=passed) == {
        **ALWAYS,
        "HTTPS_PROXY": "http://proxy",
    }


def test_what_the_definition_sets_wins() -> None:
    own = {"PYTHONPATH": "/own", "AWS_PROFILE": "own"}
    assert job_environment(own, project=PROJECT, needs_s3=True) == {
        **ALWAYS,
        "AWS_ACCESS_KEY_ID": "key",
        **own,
    }


def test_without_a_path_the_systems_own_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATH")
    found = job_environment({}, project=PROJECT, needs_s3=False)["PATH"]
    assert found == f"{Path(sys.executable).parent}:{os.defpath}"
