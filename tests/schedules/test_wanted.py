"""What a schedule shall be, told without any service."""

from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from penstock.environments import parse_environments
from penstock.errors import RequestError
from penstock.schedules import (
    Scope,
    Start,
    Target,
    difference,
    label_of,
    parameters_of,
    schedule_name,
    unfit_parameters,
    wanted_schedule,
)
from penstock.schedules.naming import Label

TEXT = """\
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    role: arn:aws:iam::111111111111:role/jobs
    artifacts: s3://penstock-dev
    image: penstock:dev
    records: penstock
"""
DEV = parse_environments(TEXT, "environments.yaml").get("dev")
ON = """\
    schedule:
      enabled: true
      role: arn:aws:iam::111111111111:role/scheduler
      dead_letters: arn:aws:sqs:eu-west-1:111111111111:failed-starts
"""
LIVE = parse_environments(TEXT + ON, "environments.yaml").get("dev")
TARGET = Target(
    "arn:aws:sagemaker:eu-west-1:111111111111:pipeline/fraud-inference",
    "fraud-inference",
    {"Image": "penstock:0.1.0", "Role": "r", "ArtifactRoot": "s3://a", "model": None, "day": ""},
)
START = Start("fraud", "inference", "0 6 * * ? *", "Europe/Madrid", {"model": "s3://m"})


def test_a_schedule_starts_the_pipeline_at_local_time_with_the_environments_values() -> None:
    assert wanted_schedule(LIVE, START, TARGET) == {
        "Name": "penstock-fraud-inference",
        "GroupName": "penstock-dev",
        "Description": "Penstock: inference of fraud.",
        "ScheduleExpression": "cron(0 6 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Madrid",
        "State": "ENABLED",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": TARGET.arn,
            "RoleArn": "arn:aws:iam::111111111111:role/scheduler",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 5},
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:111111111111:failed-starts"},
            "SageMakerPipelineParameters": {
                "PipelineParameterList": [
                    {"Name": "ArtifactRoot", "Value": "s3://penstock-dev"},
                    {"Name": "Image", "Value": "penstock:dev"},
                    {"Name": "Role", "Value": "arn:aws:iam::111111111111:role/jobs"},
                    {"Name": "model", "Value": "s3://m"},
                ]
            },
        },
    }


def test_where_schedules_are_off_it_is_there_and_starts_nothing() -> None:
    found = wanted_schedule(DEV, START, TARGET)
    assert found["State"] == "DISABLED"
    assert found["Target"]["RoleArn"] == DEV.role
    assert "DeadLetterConfig" not in found["Target"]


def test_what_people_paused_stays_paused() -> None:
    paused = Start(START.use_case, START.pipeline, START.cron, START.time_zone, {}, paused=True)
    found = wanted_schedule(LIVE, paused, TARGET)
    assert found["State"] == "DISABLED"
    assert label_of(found["Description"]) == Label("fraud", "inference", paused=True)


def test_the_service_takes_what_is_wanted() -> None:
    model = ServiceModel(create_loader().load_service_model("scheduler", "service-2"))
    shape: Any = model.operation_model("CreateSchedule").input_shape
    report = ParamValidator().validate(dict(wanted_schedule(LIVE, START, TARGET)), shape)
    assert report.generate_report() == ""


def problems(parameters: dict[str, str], pipeline: Target = TARGET) -> list[str]:
    start = Start("fraud", "inference", START.cron, START.time_zone, parameters)
    return list(map(str, unfit_parameters(LIVE, start, pipeline)))


def test_every_value_that_does_not_fit_is_told() -> None:
    assert problems({"modle": "s3://m", "Image": "other", "day": "x" * 1025}) == [
        "the schedule of fraud-inference: fraud-inference has no parameter 'modle'. "
        "Use one of: day, model; or take it back: --set inference.modle=",
        "the schedule of fraud-inference: the environment says Image. Set it in environments.yaml.",
        "the schedule of fraud-inference: fraud-inference cannot start without 'model'. "
        "Give it: --set inference.model=VALUE.",
        "the schedule of fraud-inference: day has 1025 characters; a schedule takes 1024. "
        "Shorten it.",
    ]
    many = Target("arn", "p", {f"p{number}": "" for number in range(201)})
    assert problems({f"p{number}": "x" for number in range(201)}, many) == [
        "the schedule of p: 201 values are given; a schedule takes 200. Give fewer."
    ]


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(RequestError) as error:
        schedule_name("x" * 60)
    assert str(error.value) == (
        f"penstock-{'x' * 60}: the schedule's name has 69 characters; at most 64 fit. "
        "Shorten the use case's name by 5."
    )


WORD = st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)


@given(WORD, WORD, st.booleans())
def test_a_description_says_whose_schedule_it_is(use_case: str, name: str, paused: bool) -> None:
    label = Label(use_case, name, paused)
    assert label_of(str(label)) == label


@given(
    st.dictionaries(st.sampled_from(["model", "day"]), st.text(min_size=1, max_size=9)),
    st.dictionaries(st.sampled_from(["model", "day"]), st.text(min_size=1, max_size=9)),
    st.booleans(),
)
def test_what_is_as_it_shall_be_is_kept_and_each_value_that_differs_is_a_detail(
    before: dict[str, str], after: dict[str, str], paused: bool
) -> None:
    def document(given: dict[str, str], paused: bool = False) -> Any:
        start = Start("fraud", "inference", START.cron, START.time_zone, given, paused)
        return wanted_schedule(LIVE, start, TARGET)

    [same] = difference([document(before)], [document(before)], Scope())
    assert (same.action, same.details) == ("keep", ())
    [change] = difference([document(after, paused)], [document(before)], Scope())
    differing = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
    told = {each.what for each in change.details}
    assert told == {f"parameter {name}" for name in differing} | (
        {"state", "description"} if paused else set()
    )
    assert parameters_of(change.document).items() >= after.items()


def test_only_what_is_ours_and_meant_is_removed() -> None:
    def named(name: str, description: str) -> Any:
        return {**wanted_schedule(LIVE, START, TARGET), "Name": name, "Description": description}

    there = [
        named("penstock-a", "Penstock: training of wine."),
        named("penstock-b", "Penstock: training of fraud. Paused."),
        named("penstock-c", "made by hand"),
    ]
    assert [each.name for each in difference([], there, Scope())] == ["penstock-a", "penstock-b"]
    assert [each.name for each in difference([], there, Scope("fraud"))] == ["penstock-b"]
    assert difference([], there, Scope("fraud", "inference")) == []


NETWORK = """\
    subnets: [subnet-00000001, subnet-00000002]
    security_groups: [sg-00000001]
"""


def test_a_schedule_starts_jobs_in_the_network_of_its_environment() -> None:
    there = parse_environments(TEXT + NETWORK, "environments.yaml").get("dev")
    names = ("SubnetOne", "SubnetTwo", "SecurityGroup")
    takes = Target(TARGET.arn, TARGET.name, {**TARGET.parameters, **dict.fromkeys(names)})
    given = dict(parameters_of(wanted_schedule(there, START, takes)))
    assert [given[name] for name in names] == ["subnet-00000001", "subnet-00000002", "sg-00000001"]
    assert list(unfit_parameters(there, START, takes)) == []
    assert [str(each) for each in unfit_parameters(there, START, TARGET)] == [
        "environments.yaml: dev names subnets, and jobs of fraud-inference would run outside of "
        "them. Set `jobs-in-network = true` below [tool.penstock] in pyproject.toml, and compile "
        "or build the release again."
    ]
    assert [str(each) for each in unfit_parameters(DEV, START, takes)] == [
        "environments.yaml: jobs of fraud-inference run in a network, and dev names none. Add "
        "`subnets` and `security_groups` to dev."
    ]
