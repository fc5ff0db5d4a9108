"""Lambda and Callback steps are answered by functions or files."""

from __future__ import annotations

import pytest

from penstock.targets.local.result import RunStatus

OUT = "/opt/ml/processing/output/out"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:tell"


def lambda_step(**arguments):
    return {
        "Name": "call",
        "Type": "Lambda",
        "FunctionArn": ARN,
        "Arguments": arguments,
        "OutputParameters": [{"OutputName": "said", "OutputType": "String"}],
    }


def callback():
    return {
        "Name": "ask",
        "Type": "Callback",
        "SqsQueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/approvals",
        "Arguments": {"n": 1},
    }


@pytest.mark.parametrize("name", ["call", "tell", ARN])
def test_a_registered_function_stands_for_a_lambda_function(bench, build, name):
    heard = []

    def tell(inputs):
        heard.append(inputs)
        return {"said": f"hello {inputs['name']}"}

    result = bench.run(
        lambda_step(name=build.get("Parameters.name"), count=3),
        build.processing(
            "use",
            f"echo $SAID > {OUT}/a",
            environment={"SAID": build.get("Steps.call.OutputParameters['said']")},
        ),
        declared={"name": "you"},
        machine={"functions": {name: tell}},
    )
    assert heard == [{"name": "you", "count": 3}]
    assert bench.read(result.steps["use"].outputs["out"], "a") == "hello you\n"
    assert result.output_parameters == {"call": {"said": "hello you"}}


def raising(_):
    raise ValueError("no such customer")


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (raising, "its function raised ValueError: no such customer"),
        (
            lambda _: 3,
            "its function returned an object of type int. "
            "Return a mapping of output names to values.",
        ),
    ],
)
def test_a_function_that_fails_fails_its_step(bench, function, reason):
    for step in (lambda_step(), callback()):
        result = bench.run(step, machine={"functions": {step["Name"]: function}})
        assert result.status is RunStatus.FAILED
        assert result.steps[step["Name"]].failure_reason == reason


def test_a_function_may_return_nothing(bench):
    result = bench.run(lambda_step(), machine={"functions": {"call": lambda _: None}})
    assert result.status is RunStatus.SUCCEEDED
    assert result.steps["call"].parameters == {}


@pytest.mark.parametrize(
    "name", ["ask", "approvals", "https://sqs.eu-west-1.amazonaws.com/1/approvals"]
)
def test_a_registered_function_answers_a_callback_at_once(bench, name):
    result = bench.run(
        callback(), machine={"functions": {name: lambda inputs: {"twice": 2 * inputs["n"]}}}
    )
    assert result.status is RunStatus.SUCCEEDED
    assert result.steps["ask"].parameters == {"twice": 2}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"failure": "nobody approved"}', "nobody approved"),
        (
            "yes",
            "{file}: the answer is not JSON: Expecting value: line 1 column 1 (char 0). "
            "Correct it and resume.",
        ),
        (
            "[1]",
            "{file}: the answer has neither `outputs` nor `failure`. "
            'Write {"outputs": {...}} or {"failure": "why"}, then resume.',
        ),
        (
            '{"outputs": 3}',
            "{file}: the answer has neither `outputs` nor `failure`. "
            'Write {"outputs": {...}} or {"failure": "why"}, then resume.',
        ),
    ],
)
def test_an_answer_that_fails_or_cannot_be_read_fails_the_step_until_it_is_corrected(
    bench, answer, reason
):
    paused = bench.run(callback())
    file = paused.folder / "jobs" / "ask" / "answer.json"
    file.write_text(answer)
    failed = bench.resume()
    assert failed.status is RunStatus.FAILED
    assert failed.steps["ask"].failure_reason == reason.replace("{file}", str(file))
    file.write_text('{"outputs": {}}')
    assert bench.resume().status is RunStatus.SUCCEEDED
