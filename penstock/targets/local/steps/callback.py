"""Callback steps: the run waits for an answer, given by a function or in a file."""

from __future__ import annotations

import json
from typing import Any

from penstock.errors import Problem, StepError
from penstock.targets.local.steps.attempt import Attempt, Outcome, WaitingForAnswerError
from penstock.targets.local.steps.lambda_function import answered, registered

QUESTION, ANSWER = "question.json", "answer.json"


def run_callback(attempt: Attempt) -> Outcome:
    """Run a Callback step.

    A registered function answers at once. Else the question is written to the step's folder and the
    run pauses; a resumed run takes the answer `{"outputs": {...}}` or `{"failure": "why"}`.

    Raises:
        WaitingForAnswerError: There is no answer yet.
        StepError: The answer is a failure, or cannot be read.
    """
    queue = str(attempt.document.get("SqsQueueUrl") or "")
    names = (attempt.step, queue, queue.rpartition("/")[2])
    function = registered(attempt, names)
    if function is not None:
        return answered(function, attempt.arguments)
    answer = attempt.step_folder / ANSWER
    if not answer.is_file():
        question = attempt.step_folder / QUESTION
        content = {"token": attempt.job_name, "arguments": attempt.arguments, "queue": queue}
        question.write_text(json.dumps(content, indent=1), encoding="utf-8")
        raise WaitingForAnswerError(
            f'it waits for an answer. Write {{"outputs": {{...}}}} or {{"failure": "why"}} to '
            f"{answer}, then resume the run."
        )
    return _read(answer.read_bytes(), str(answer))


def _read(content: bytes, where: str) -> Outcome:
    try:
        answer: Any = json.loads(content)
    except ValueError as error:
        raise StepError(
            Problem(f"the answer is not JSON: {error}.", where, "Correct it and resume.")
        ) from error
    if isinstance(answer, dict) and "failure" in answer:
        raise StepError(Problem(str(answer["failure"])))
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, dict):
        raise StepError(
            Problem(
                "the answer has neither `outputs` nor `failure`.",
                where,
                'Write {"outputs": {...}} or {"failure": "why"}, then resume.',
            )
        )
    return Outcome(properties={"OutputParameters": outputs}, parameters=outputs)
