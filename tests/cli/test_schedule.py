"""Schedules at the command line, against a server that speaks Scheduler and SageMaker."""

import itertools
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from penstock.cli.compilation import compile_definition
from penstock.cli.schedule_plan_view import next_starts
from penstock.errors import ServiceError
from penstock.schedules import Start
from penstock.schedules.service import Service

TEXT = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/jobs
    artifacts: s3://penstock-dev
    image: penstock:dev
    records: penstock
    tags: {owner: machine learning}
    schedule: {enabled: true}
"""
MODEL = "inference.model=s3://models/fraud/3"
GROUP = "penstock-dev"


def client(service: str) -> Any:
    return boto3.session.Session().client(service)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds what was compiled for a test before."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def account(
    s3_bucket: str, tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """An empty account with both pipelines of fraud; the path is that of the environments."""
    from moto.sagemaker.models import sagemaker_backends
    from moto.scheduler.models import scheduler_backends

    scheduler_backends["123456789012"]["us-east-1"].reset()
    sagemaker_backends["123456789012"]["us-east-1"].reset()
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".penstock").mkdir()
    (tmp_path / ".penstock" / "cache").symlink_to(compiled)
    for pipeline in ("training", "inference"):
        definition = compile_definition(pipeline, "fraud")
        client("sagemaker").create_pipeline(
            PipelineName=definition.name,
            PipelineDefinition=definition.definition_json,
            RoleArn="arn:aws:iam::123456789012:role/jobs",
            ClientRequestToken="t" * 32,
        )
    (tmp_path / "environments.yaml").write_text(TEXT)
    return tmp_path / "environments.yaml"


@pytest.fixture
def schedule(pipeline: Callable[..., Any], account: Path) -> Callable[..., Any]:
    def call(action: str, *arguments: str, use_case: str = "fraud") -> Any:
        return pipeline("schedule", action, "--env", "dev", "--use-case", use_case, *arguments)

    return call


def there() -> dict[str, str]:
    """State by name."""
    found = client("scheduler").list_schedules(GroupName=GROUP)["Schedules"]
    return {each["Name"]: each["State"] for each in found}


def training() -> Any:
    return client("scheduler").get_schedule(GroupName=GROUP, Name="penstock-fraud-training")


def test_what_is_applied_is_there_and_a_second_time_nothing_is_to_do(schedule: Any) -> None:
    answer = schedule("apply", "--set", MODEL)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("create penstock-fraud-training\n  starts: cron(0 4 ? * MON *)\n")
    assert answer.out.endswith("2 done in the group penstock-dev\n")
    assert there() == {
        "penstock-fraud-training": "ENABLED",
        "penstock-fraud-inference": "ENABLED",
    }
    found = training()
    assert found["ScheduleExpressionTimezone"] == "UTC"
    assert found["Target"]["Arn"].endswith(":pipeline/fraud-training")
    again = schedule("apply")
    assert (again.code, again.out) == (0, "nothing to do\n")
    assert schedule("apply", "--dry-run").code == 0


def test_a_dry_run_says_what_would_be_and_changes_nothing(schedule: Any) -> None:
    answer = schedule("apply", "--dry-run", "--pipeline", "training", "--json")
    assert (answer.code, there()) == (2, {})
    document = json.loads(answer.out)
    assert [(each["action"], each["name"]) for each in document["changes"]] == [
        ("create", "penstock-fraud-training")
    ]


def test_where_one_cannot_be_nothing_is_changed_and_every_reason_is_told(schedule: Any) -> None:
    client("sagemaker").delete_pipeline(PipelineName="fraud-training", ClientRequestToken="t" * 32)
    answer = schedule("apply")
    assert (answer.code, answer.out, there()) == (2, "", {})
    assert answer.err == (
        "pipeline: there is no pipeline fraud-training in 123456789012, us-east-1. "
        "Run: pipeline upsert training --use-case fraud --env dev.\n"
        "pipeline: the schedule of fraud-inference: fraud-inference cannot start without 'model'. "
        "Give it: --set inference.model=VALUE.\n"
    )


def test_a_schedule_that_cannot_be_as_asked_for_is_not_taken_away(schedule: Any) -> None:
    schedule("apply", "--set", MODEL)
    client("sagemaker").delete_pipeline(PipelineName="fraud-training", ClientRequestToken="t" * 32)
    answer = schedule("show")
    assert "remove" not in answer.out
    assert "there is no pipeline fraud-training" in answer.out


def test_a_changed_setting_is_told_and_applied(schedule: Any, account: Path) -> None:
    schedule("apply", "--set", MODEL)
    account.write_text(TEXT.replace("penstock:dev", "penstock:new").replace("true", "false"))
    answer = schedule("apply", "--pipeline", "training")
    assert answer.out == (
        "update penstock-fraud-training\n"
        "  state: ENABLED → DISABLED\n"
        "  parameter Image: penstock:dev → penstock:new\n"
        "1 done in the group penstock-dev\n"
    )
    assert there()["penstock-fraud-training"] == "DISABLED"


def test_a_change_by_hand_is_undone(schedule: Any) -> None:
    schedule("apply", "--set", MODEL)
    found = training()
    kept = ("Name", "GroupName", "Description", "FlexibleTimeWindow", "Target")
    changed = {key: found[key] for key in kept} | {"ScheduleExpression": "rate(1 minutes)"}
    client("scheduler").update_schedule(**changed, State="ENABLED")
    answer = schedule("apply")
    assert answer.out == (
        "update penstock-fraud-training\n"
        "  starts: rate(1 minutes) → cron(0 4 ? * MON *)\n"
        ""
        "1 done in the group penstock-dev\n"
    )


def test_values_stay_until_they_are_set_otherwise_or_taken_back(schedule: Any) -> None:
    schedule("apply", "--set", MODEL, "--set", "inference.day=2026-11-20")
    answer = schedule("apply", "--set", "inference.day=", "--set", "inference.model=s3://m/4")
    assert answer.out == (
        "update penstock-fraud-inference\n"
        "  parameter model: s3://models/fraud/3 → s3://m/4\n"
        "  parameter day: 2026-11-20 → none\n"
        "1 done in the group penstock-dev\n"
    )


def test_what_is_paused_stays_paused_until_it_is_resumed(schedule: Any) -> None:
    schedule("apply", "--set", MODEL)
    assert schedule("pause", "--pipeline", "inference").out == "paused penstock-fraud-inference\n"
    assert schedule("pause", "--pipeline", "inference").out == "nothing to do\n"
    assert schedule("apply").out == "nothing to do\n"
    assert there() == {
        "penstock-fraud-training": "ENABLED",
        "penstock-fraud-inference": "DISABLED",
    }
    states = [each["state"] for each in json.loads(schedule("show", "--json").out)["schedules"]]
    assert states == ["on", "paused"]
    assert json.loads(schedule("resume", "--json").out) == {"resumed": ["penstock-fraud-inference"]}
    assert set(there().values()) == {"ENABLED"}


def test_where_schedules_are_off_nothing_is_resumed(schedule: Any, account: Path) -> None:
    account.write_text(TEXT.replace("true", "false"))
    answer = schedule("resume")
    assert (answer.code, answer.err) == (
        2,
        "pipeline: --env: the schedules of dev are off. "
        "Set schedule: {enabled: true} in environments.yaml, then run `schedule apply`.\n",
    )


def test_pausing_what_is_not_there_is_told(schedule: Any) -> None:
    answer = schedule("pause", "--pipeline", "training")
    assert (answer.code, answer.err) == (
        2,
        "pipeline: there is no schedule of training of fraud. Run: pipeline schedule apply.\n",
    )


def test_what_the_settings_no_longer_ask_for_is_removed_and_what_is_not_ours_stays(
    schedule: Any,
) -> None:
    schedule("apply", "--set", MODEL)
    found = training()
    by_hand = {key: found[key] for key in ("FlexibleTimeWindow", "ScheduleExpression", "Target")}
    for name, description in (
        ("penstock-fraud-old", "Penstock: old of fraud."),
        ("penstock-wine-training", "Penstock: training of wine."),
        ("penstock-by-hand", "Somebody's."),
        ("theirs", "Penstock: old of fraud."),
    ):
        client("scheduler").create_schedule(
            **by_hand, Name=name, GroupName=GROUP, Description=description
        )
    answer = schedule("apply")
    assert answer.out == "remove penstock-fraud-old\n1 done in the group penstock-dev\n"
    assert set(there()) >= {"penstock-wine-training", "penstock-by-hand", "theirs"}


def test_the_group_bears_the_environments_tags(schedule: Any) -> None:
    schedule("apply", "--set", MODEL)
    arn = client("scheduler").get_schedule_group(Name=GROUP)["Arn"]
    assert client("scheduler").list_tags_for_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "owner", "Value": "machine learning"}
    ]


def test_what_is_shown_says_what_is_missing_and_when_it_would_start(schedule: Any) -> None:
    answer = schedule("show")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == "schedules of dev in the group penstock-dev: on"
    assert lines[2].split()[:8] == [
        "fraud-training", "0", "4", "?", "*", "MON", "*", "(UTC)",
    ]  # fmt: skip
    assert "not there" in lines[2]
    assert answer.out.endswith(
        "  the schedule of fraud-inference: fraud-inference cannot start without 'model'. "
        "Give it: --set inference.model=VALUE.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--set", "model"],
            "pipeline: --set: 'model' is no setting. Write PIPELINE.NAME=VALUE.\n",
        ),
        (
            ["--set", "scoring.model=x"],
            "pipeline: --set: no schedule that is meant starts 'scoring'. "
            "Use one of: inference, training.\n",
        ),
    ],
)
def test_a_wrong_setting_is_told(schedule: Any, arguments: list[str], message: str) -> None:
    answer = schedule("apply", *arguments)
    assert (answer.code, answer.err, there()) == (2, message, {})


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            KeyboardInterrupt(),
            "pipeline: interrupted. Done: penstock-fraud-training; "
            "not done: penstock-fraud-inference. Run it again.\n",
        ),
        (
            ServiceError("scheduler did not answer."),
            "pipeline: scheduler did not answer.\n"
            "pipeline: Done: penstock-fraud-training; not done: penstock-fraud-inference. "
            "Run it again.\n",
        ),
    ],
)
def test_what_was_stopped_says_what_is_done_and_is_finished_by_the_next_call(
    schedule: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    write = Service.write

    def stopped(self: Service, document: Any, *, new: bool) -> None:
        if document["Name"] == "penstock-fraud-inference":
            raise error
        write(self, document, new=new)

    with monkeypatch.context() as patched:
        patched.setattr(Service, "write", stopped)
        answer = schedule("apply", "--set", MODEL)
    assert (answer.code, answer.err) == (1, message)
    assert set(there()) == {"penstock-fraud-training"}
    assert "create penstock-fraud-inference" in schedule("apply", "--set", MODEL).out


def test_another_account_is_refused(schedule: Any, account: Path) -> None:
    account.write_text(TEXT.replace("123456789012", "222222222222"))
    answer = schedule("apply")
    assert answer.code == 2
    assert answer.err.startswith(
        "pipeline: environments.yaml:3: the file says account 222222222222 for dev, STS says "
        "123456789012"
    )


def test_next_starts_are_told_on_both_sides_of_a_clock_change() -> None:
    start = Start("fraud", "inference", "30 2 * * ? *", "Europe/Madrid")
    found = next_starts(start, datetime.fromisoformat("2026-03-27T12:00+01:00"))
    assert found == {
        "next": ["2026-03-28T02:30+01:00", "2026-03-30T02:30+02:00", "2026-03-31T02:30+02:00"],
        "left_out": ["2026-03-29T02:30"],
        "clock_change": {"at": "2026-03-29T03:00+02:00", "next": "2026-03-30T02:30+02:00"},
    }


def test_a_zone_whose_clocks_do_not_change_has_no_change() -> None:
    start = Start("fraud", "inference", "0 6 * * ? *", "Asia/Kolkata")
    found = next_starts(start, datetime(2026, 3, 27, tzinfo=ZoneInfo("UTC")))
    assert (found["left_out"], found["clock_change"]) == ([], None)
    assert [each[10:] for each in itertools.chain(found["next"])] == ["T06:00+05:30"] * 3


def test_a_schedule_that_was_delivered_is_paused_here_and_changed_by_a_delivery(
    schedule: Any,
) -> None:
    schedule("apply", "--set", MODEL)
    found = training()
    kept = ("Name", "GroupName", "Description", "ScheduleExpression", "State", "FlexibleTimeWindow")
    starter = "arn:aws:lambda:us-east-1:123456789012:function:penstock-dev-starter"
    target = {"Arn": starter, "RoleArn": "arn:aws:iam::123456789012:role/x", "Input": "{}"}
    delivered = {**{key: found[key] for key in kept}, "Target": target}
    client("scheduler").update_schedule(**delivered)
    answer = schedule("apply")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: the schedule penstock-fraud-training was delivered by CDK. Change the use case "
        "and deliver a release; pause and resume work here.\n"
    )
    assert schedule("pause", "--pipeline", "training").code == 0
    assert training()["State"] == "DISABLED"
    assert training()["Target"]["Arn"] == starter
    assert schedule("resume", "--pipeline", "training").code == 0
    assert training()["Target"]["Input"] == "{}"
