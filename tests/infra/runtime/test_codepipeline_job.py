"""Jobs of CodePipeline, and how they are answered."""

from typing import Any

import pytest
from aws_lambda_powertools import Logger
from tooling_fixtures import environment, world
from tooling_world import ARTIFACTS, JOB, World

from infra.runtime.codepipeline_job import Done, Job, Waiting, answer, read_job
from infra.runtime.errors import Refused

__all__ = ["environment", "world"]

LOGGER = Logger(service="test")


def test_a_job_is_read_with_its_artifact_and_whom_to_read_it_as(world: World) -> None:
    job = read_job(world.job("token", use_case="fraud")["CodePipeline.job"])
    assert (job.id, job.artifact) == (JOB, f"s3://{ARTIFACTS}/source/zip")
    assert (job.parameters, job.continuation) == ({"use_case": "fraud"}, "token")
    assert job.credentials is not None


def test_a_job_without_artifacts_or_parameters_is_read_too() -> None:
    told = {"id": JOB, "data": {"actionConfiguration": {"configuration": {}}}}
    assert read_job(told) == Job(JOB, {})


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"use_case": 1}'])
def test_user_parameters_that_are_no_texts_are_refused(world: World, text: str) -> None:
    event = world.job()
    event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]["UserParameters"] = (
        text
    )
    answer(event, lambda _: Done(), LOGGER)
    assert world.refusal == (
        f"job {JOB}: the action's UserParameters are no JSON object of texts. Deploy the delivery "
        "pipeline again."
    )


def test_what_is_done_waits_or_is_refused_is_told(world: World) -> None:
    def refuse(_: Job) -> Done:
        raise Refused("it is wrong.", "there", "Mend it.")

    answer(world.job(), lambda _: Done(), LOGGER)
    assert world.answer == {}
    answer(world.job(), lambda _: Done({"a": "b"}), LOGGER)
    assert world.answer == {"outputVariables": {"a": "b"}}
    answer(world.job(), lambda _: Waiting("token"), LOGGER)
    assert world.answer == {"continuationToken": "token"}
    answer(world.job(), refuse, LOGGER)
    assert world.answer == {
        "failureDetails": {"type": "JobFailed", "message": "there: it is wrong. Mend it."}
    }


def test_a_message_is_no_longer_than_codepipeline_takes(world: World) -> None:
    def fail(_: Job) -> Done:
        raise ValueError("x" * 6000)

    answer(world.job(), fail, LOGGER)
    assert len(world.refusal) == 5000
    assert world.answer["failureDetails"]["message"].startswith("unexpected ValueError: xxx")


def test_an_answer_that_cannot_be_given_is_raised_so_that_the_event_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise AssertionError

    from botocore.exceptions import ClientError
    from moto.codepipeline.responses import CodePipelineResponse
    from moto.core.exceptions import JsonRESTError

    def refuse(_: Any) -> str:
        raise JsonRESTError("AccessDeniedException", "No.")

    monkeypatch.setattr(CodePipelineResponse, "put_job_success_result", refuse)
    monkeypatch.setattr(CodePipelineResponse, "put_job_failure_result", broken)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        answer(world.job(), lambda _: Done(), LOGGER)
