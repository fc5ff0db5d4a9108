from typing import Any

import pytest
from small_definitions import WRITES, create, processing, start, wait

from penstock.errors import RequestError
from penstock.executions.naming import find_execution
from penstock.executions.service import Service

ACCOUNT = "111111111111"


@pytest.fixture
def service(in_dev: Any) -> Service:
    return Service("eu-west-1")


def test_an_execution_is_found_by_arn_id_and_name_and_a_pipeline_by_its_latest(
    service: Service, sagemaker: Any
) -> None:
    name = create(sagemaker, processing("write", WRITES))
    first, latest = start(sagemaker, name), start(sagemaker, name)
    short = first.rpartition("/")[2]
    for named in (first, short, f"{name}/{short}"):
        assert find_execution(service, named, ACCOUNT).arn == first
    found = find_execution(service, name, ACCOUNT)
    assert (found.arn, found.pipeline) == (latest, name)
    for arn in (first, latest):
        wait(sagemaker, arn)


def test_what_is_not_there_is_told_with_what_is(service: Service, sagemaker: Any) -> None:
    name = create(sagemaker, processing("write", WRITES))
    for named, message in (
        (
            name,
            f"EXECUTION: the pipeline {name} has no execution. Start one: pipeline start {name}",
        ),
        (
            f"{name}/abcdefghijkl",
            f"EXECUTION: there is no execution {name}/abcdefghijkl in eu-west-1. "
            "List them: pipeline status --env ENV",
        ),
        (
            f"arn:aws:sagemaker:eu-west-1:222222222222:pipeline/{name}/execution/abcdefghijkl",
            f"arn:aws:sagemaker:eu-west-1:222222222222:pipeline/{name}/execution/abcdefghijkl: "
            "this execution is in account 222222222222, eu-west-1. "
            "Name the environment of it; this one is 111111111111, eu-west-1.",
        ),
    ):
        with pytest.raises(RequestError) as refused:
            find_execution(service, named, ACCOUNT)
        assert str(refused.value) == message
    with pytest.raises(RequestError) as refused:
        find_execution(service, name[:-1], ACCOUNT)
    assert str(refused.value).startswith(
        f"EXECUTION: {name[:-1]} is neither a pipeline nor an execution there. Did you mean {name}?"
    )


def test_a_pipeline_that_is_deleted_meanwhile_has_no_tags(service: Service, sagemaker: Any) -> None:
    name = create(sagemaker, processing("write", WRITES))
    pipeline = service.pipeline(name)
    assert pipeline is not None
    sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken="0" * 32)
    assert service.tags(pipeline) == {}
