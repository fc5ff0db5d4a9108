"""Bad commits are stopped by the same commands everywhere."""

import re
from pathlib import Path
from typing import Any

import yaml
from buildspec import commands_of, read_buildspec

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
SPEC = read_buildspec(ROOT / "buildspec.yml")


def commands(job: str) -> list[str]:
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


def test_the_workflow_runs_the_commands_of_the_buildspec_in_their_order() -> None:
    setting_up, *delivering = commands("deliver")
    assert [*commands("verify"), *delivering] == commands_of(SPEC)
    assert setting_up == commands("verify")[0] == "make setup"


def test_it_sets_the_variables_of_the_buildspec() -> None:
    variables = SPEC["env"]["variables"]
    assert WORKFLOW["env"].keys() == variables.keys()
    assert {name: value for name, value in WORKFLOW["env"].items() if "${{" not in value} == {
        name: variables[name]
        for name in (
            "CHECKS",
            "USE_CASE",
            "TEST_ARGUMENTS",
            "CODEARTIFACT_STABLE",
            "CODEARTIFACT_DEV",
        )
    }


def test_nothing_is_delivered_before_it_is_verified_or_from_a_pull_request() -> None:
    job = WORKFLOW["jobs"]["deliver"]
    assert (job["needs"], job["if"]) == ("verify", "github.event_name == 'push'")


def test_verifying_has_no_right_but_to_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in WORKFLOW["jobs"]["verify"]


def test_actions_are_named_by_their_commit() -> None:
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert used
    assert [each for each in used if not re.search(r"@[0-9a-f]{40}$", each)] == []


def test_commits_are_held_to_targets_that_ci_checks_and_pushes_to_all_of_them() -> None:
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    [hooks] = [repository["hooks"] for repository in settings["repos"]]
    makefile = (ROOT / "Makefile").read_text()
    [checked] = re.findall(r"^check: (.*)$", makefile, re.MULTILINE)
    by_stage: dict[str, list[str]] = {}
    for hook in hooks:
        by_stage.setdefault(hook["stages"][0], []).append(hook["entry"])
    assert by_stage["pre-push"] == ["make --keep-going check"]
    assert {entry.removeprefix("make ") for entry in by_stage["pre-commit"]} < set(checked.split())
