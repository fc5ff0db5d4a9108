"""A run from one of its steps takes the others' results from an earlier execution."""

from __future__ import annotations

import pytest

from penstock.errors import DefinitionError, RequestError
from penstock.targets.local.result import RunStatus

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"


def chain(build):
    return [
        build.processing("first", f"date +%s%N > {OUT}/a"),
        build.processing("second", f"cp {IN}/x/a {OUT}/a", inputs={"x": build.output_of("first")}),
        build.processing("third", f"cp {IN}/x/a {OUT}/b", inputs={"x": build.output_of("second")}),
        build.processing("aside", f"date +%s%N > {OUT}/a"),
    ]


def test_a_step_and_its_descendants_run_anew_and_the_others_are_taken(bench, build):
    first = bench.run(*chain(build))
    again = bench.run(*chain(build), from_step="second")
    assert {name: (run.reused, run.status.value) for name, run in again.steps.items()} == {
        "first": (True, "succeeded"),
        "second": (False, "succeeded"),
        "third": (False, "succeeded"),
        "aside": (True, "succeeded"),
    }
    assert again.steps["first"].outputs == first.steps["first"].outputs
    assert again.steps["second"].outputs["out"].digest == (
        first.steps["second"].outputs["out"].digest
    )
    assert again.execution_id in again.steps["second"].outputs["out"].uri


def test_a_changed_definition_takes_what_it_still_has(bench, build):
    first = bench.run(*chain(build))
    changed = [
        *chain(build)[:3],
        build.processing("new", f"cp {IN}/x/b {OUT}/c", inputs={"x": build.output_of("third")}),
    ]
    changed[1] = build.processing(
        "second", f"head -c 3 {IN}/x/a > {OUT}/a", inputs={"x": build.output_of("first")}
    )
    again = bench.run(*changed, from_step="second", reference=first.execution_id)
    assert again.status is RunStatus.SUCCEEDED
    whole = bench.read(first.steps["first"].outputs["out"], "a")
    assert bench.read(again.steps["new"].outputs["out"], "c") == whole[:3]


def test_what_was_not_selected_and_is_not_needed_is_not_executed(bench, build):
    bench.run(*chain(build)[:3], build.processing("aside", "exit 1"))
    again = bench.run(*chain(build), from_step="third")
    assert again.steps["aside"].status.value == "not executed"
    assert again.status is RunStatus.SUCCEEDED
    assert bench.resume().steps["aside"].status.value == "not executed"


def test_results_that_are_needed_and_missing_are_told(bench, build):
    first = bench.run(build.processing("first", "exit 1"), *chain(build)[1:])
    with pytest.raises(RequestError) as refused:
        bench.run(*chain(build), from_step="third")
    assert str(refused.value) == (
        f"from step third: execution {first.execution_id} has no results of second. "
        "Start from an earlier step, or name another execution."
    )
    assert len(list((bench.home / "runs").iterdir())) == 1


def test_a_step_of_the_same_name_and_another_type_is_not_taken(bench, build):
    first = bench.run(build.training("one"), build.processing("two", DependsOn=["one"]))
    with pytest.raises(RequestError) as refused:
        bench.run(
            build.processing("one"), build.processing("two", DependsOn=["one"]), from_step="two"
        )
    assert str(refused.value) == (
        f"from step two: execution {first.execution_id} has no results of one. "
        "Start from an earlier step, or name another execution."
    )


def test_an_unknown_step_is_told_with_those_that_there_are(bench, build):
    with pytest.raises(DefinitionError) as refused:
        bench.run(*chain(build), from_step="secnd")
    assert str(refused.value) == ("from step: the pipeline has no step secnd. Did you mean second?")


def test_a_run_from_a_step_without_an_earlier_one_is_refused(bench, build):
    with pytest.raises(RequestError) as refused:
        bench.run(*chain(build), from_step="second")
    assert str(refused.value) == (
        f"{bench.home}/runs: there is no run here. Start one: pipeline run training"
    )
    with pytest.raises(RequestError) as refused:
        bench.run(*chain(build), from_step="second", reference="nope")
    assert str(refused.value) == (
        f"{bench.home}/runs: there is no run nope. There are no runs here."
    )


def test_a_condition_before_the_step_keeps_its_outcome(bench, build):
    steps = [
        build.condition(
            "gate",
            build.compare("Equals", 1, 1),
            then=[build.processing("yes"), build.processing("more", DependsOn=["yes"])],
            otherwise=[build.processing("no")],
        )
    ]
    bench.run(*steps)
    again = bench.run(*steps, from_step="more")
    assert {name: (run.reused, run.status.value) for name, run in again.steps.items()} == {
        "gate": (True, "succeeded"),
        "yes": (True, "succeeded"),
        "more": (False, "succeeded"),
        "no": (False, "not executed"),
    }
