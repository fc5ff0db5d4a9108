"""Chains and back-fills: what is started with which options, and what is said when one fails."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from penstock.cli import local_run, several_runs
from penstock.cli.boundary import InterruptedWorkError
from penstock.cli.compile_cache import CompiledDefinition
from penstock.cli.run_request import RunRequest
from penstock.errors import Problem, RequestError

PARAMETERS = {
    "training": ("source", "window", "seed"),
    "inference": ("source", "model", "day", "sinks"),
}


class Ended:
    """A summary that knows its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name

    def to_json(self) -> dict[str, str]:
        return {"ran": self.name}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[RunRequest]:
    """The requests that were started; a run whose name stands in `failing` ends with that."""
    found: list[RunRequest] = []

    def compile_definition(name: str, use_case: str) -> CompiledDefinition:
        declared = [{"Name": each, "Type": "String"} for each in PARAMETERS[name]]
        return CompiledDefinition(name, json.dumps({"Parameters": declared}), {})

    def run_once(request: RunRequest) -> tuple[int, Ended]:
        found.append(request)
        return 0, Ended(f"{request.name} {request.date or ''}".strip())

    monkeypatch.setattr(several_runs, "compile_definition", compile_definition)
    monkeypatch.setattr(local_run, "run_once", run_once)
    return found


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch, started: list[RunRequest]) -> Callable[..., None]:
    """Let the run of that number end otherwise."""
    ordinary: Any = local_run.run_once

    def end(number: int, how: int | BaseException) -> None:
        def run_once(request: RunRequest) -> tuple[int, Ended]:
            code, ended = ordinary(request)
            if len(started) != number:
                return code, ended
            if isinstance(how, BaseException):
                raise how
            return how, ended

        monkeypatch.setattr(local_run, "run_once", run_once)

    return end


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day is done."""
    from datetime import date

    from penstock.cli import done_days

    monkeypatch.setattr(done_days, "with_model", lambda request, _: request)
    monkeypatch.setattr(done_days, "done_days", lambda *_: {date(2024, 3, 31)})


CHAIN = ("run", "training", "--then", "inference")
FILL = ("run", "inference", "--from", "2024-03-30", "--to", "2024-04-01")


def test_each_pipeline_of_a_chain_is_given_the_options_that_it_knows(
    pipeline: Any, started: list[RunRequest]
) -> None:
    answer = pipeline(
        *CHAIN,
        *("--window", "all", "--model", "2", "--date", "2024-03-31", "--set", "seed=7"),
        *("--as-of", "5", "--source", "s3://b/rows"),
    )
    assert (answer.code, answer.out, answer.err) == (
        0,
        "run training\n\nrun inference for 2024-03-31\n",
        "",
    )
    options = [(each.window, each.model, each.date, each.settings, each.as_of) for each in started]
    assert options == [
        ("all", None, None, ("seed=7",), "5"),
        (None, "2", "2024-03-31", (), None),
    ]
    assert {each.source for each in started} == {"s3://b/rows"}


def test_an_option_that_no_pipeline_knows_stays_with_the_first_to_be_refused(
    pipeline: Any, started: list[RunRequest]
) -> None:
    pipeline("run", "training", "--then", "training", "--date", "2024-03-31")
    assert [each.date for each in started] == ["2024-03-31", None]


def test_what_follows_a_failure_is_not_run_and_named(
    pipeline: Any, started: list[RunRequest], ending: Any
) -> None:
    ending(1, 1)
    answer = pipeline(*CHAIN, "--then", "inference")
    assert (answer.code, len(started)) == (1, 1)
    assert answer.err == "training failed, so inference, inference was not run.\n"


def test_a_wrong_request_in_the_middle_names_what_was_not_run(pipeline: Any, ending: Any) -> None:
    ending(1, RequestError(Problem("nothing was appended.", "here", "Append.")))
    answer = pipeline(*CHAIN)
    assert answer.code == 2
    assert answer.err == (
        "training failed, so inference was not run.\n"
        "pipeline: here: nothing was appended. Append.\n"
    )


def test_an_interruption_says_how_to_go_on_with_the_rest(pipeline: Any, ending: Any) -> None:
    ending(1, InterruptedWorkError("interrupted. Go on with: pipeline run --resume r1"))
    assert pipeline(*CHAIN).err == (
        "pipeline: interrupted. Go on with: pipeline run --resume r1, then: pipeline run inference "
        "--use-case fraud\n"
    )


@pytest.mark.usefixtures("filled")
def test_an_interrupted_back_fill_is_gone_on_with_by_the_same_command(
    pipeline: Any, ending: Any
) -> None:
    ending(1, InterruptedWorkError("interrupted. Go on with: pipeline run --resume r1"))
    assert pipeline(*FILL, "-q").err == (
        "pipeline: interrupted. Go on with: pipeline run --resume r1. Go on with the same command: "
        "days that are done are passed.\n"
    )


@pytest.mark.usefixtures("filled")
def test_a_back_fill_runs_a_day_at_a_time_and_passes_those_that_are_done(
    pipeline: Any, started: list[RunRequest]
) -> None:
    answer = pipeline(*FILL)
    assert answer.out == (
        "2024-03-31 is done with this model; --again decides it anew.\n"
        "run inference for 2024-03-30\n"
        "\n"
        "run inference for 2024-04-01\n"
    )
    pipeline(*FILL, "--again", "-q")
    assert [each.date for each in started[2:]] == ["2024-03-30", "2024-03-31", "2024-04-01"]
    assert len({id(each.compiled) for each in started[2:]}) == 1


@pytest.mark.usefixtures("filled")
def test_machines_are_given_one_list(pipeline: Any, started: list[RunRequest], ending: Any) -> None:
    ending(2, 1)
    answer = pipeline(*FILL, "--json")
    assert (answer.code, answer.err) == (1, "")
    assert json.loads(answer.out) == [
        {"ran": "inference 2024-03-30"},
        {"ran": "inference 2024-04-01"},
    ]
    done = pipeline("run", "inference", "--from", "2024-03-31", "--json")
    assert (done.code, json.loads(done.out)) == (0, [])


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("training", "--from", "2024-03-30"),
            "--from: the pipeline training decides for no days. Leave it out, or run inference.",
        ),
        (("inference", "--again"), "--again needs the first day. Add --from DAY."),
        (
            ("inference", "--from", "2024-03-30", "--date", "2024-03-30"),
            "--date and --from exclude each other. Give one.",
        ),
        (
            ("inference", "--from", "30.3.2024", "--to", "tomorrow"),
            "--from: '30.3.2024' is not a day. Write it as 2018-08-15.\n"
            "pipeline: --to: 'tomorrow' is not a day. Write it as 2018-08-15.",
        ),
        (
            ("inference", "--from", "1990-01-01", "--to", "2024-01-01"),
            "--from: more than 3660 days are asked for. Give fewer.",
        ),
        (
            ("training", "--then", "inferense"),
            "there is no pipeline 'inferense'. Did you mean 'inference'? Use one of: inference, "
            "training.",
        ),
    ],
)
def test_contradictions_are_refused_before_anything_is_compiled(
    pipeline: Any, arguments: tuple[str, ...], message: str
) -> None:
    answer = pipeline("run", *arguments)
    assert (answer.code, answer.out, answer.err) == (2, "", f"pipeline: {message}\n")
