"""A run from one of its steps takes the others' results from an earlier execution."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import DefinitionError, RequestError
from penstock.targets.local.events import Notice
from penstock.targets.local.result import Output, RunStatus

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"


def spoil(output: Output, name: str) -> None:
    file = Path(output.uri.removeprefix("file://"), name)
    file.chmod(0o644)
    file.write_text("spoilt\n")


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


def pair(build, word):
    return [
        build.processing("prepare", f"echo {word} > {OUT}/a"),
        build.processing("use", f"cp {IN}/x/a {OUT}/a", inputs={"x": build.output_of("prepare")}),
    ]


def notices(bench):
    return [event.message for event in bench.events if isinstance(event, Notice)]


def test_results_of_another_pipeline_are_not_taken(bench, build):
    fraud = bench.run(*pair(build, "fraud"), pipeline="fraud")
    wine = bench.run(*pair(build, "wine"), pipeline="wine")
    again = bench.run(*pair(build, "fraud"), pipeline="fraud", from_step="use")
    assert again.steps["prepare"].outputs == fraud.steps["prepare"].outputs
    assert bench.read(again.steps["use"].outputs["out"], "a") == "fraud\n"
    assert notices(bench) == []
    with pytest.raises(RequestError) as refused:
        bench.run(
            *pair(build, "fraud"), pipeline="fraud", from_step="use", reference=wine.execution_id
        )
    assert str(refused.value) == (
        f"from step use: execution {wine.execution_id} is of the pipeline wine, not of fraud. "
        "Name an execution of this pipeline."
    )
    with pytest.raises(RequestError) as refused:
        bench.run(*pair(build, "new"), pipeline="new", from_step="use")
    assert str(refused.value) == (
        f"{bench.home}/runs: there is no run of the pipeline new here. Run it once as a whole."
    )


def parametrised(build):
    environment = {"WORD": build.get("Parameters.word")}
    return [
        build.processing("prepare", f"echo $WORD > {OUT}/a", environment=environment),
        *pair(build, "")[1:],
    ]


def test_results_that_this_run_would_make_as_well_go_before_later_ones(bench, build):
    for word in ("one", "two"):
        bench.run(*parametrised(build), declared={"word": word})
    again = bench.run(*parametrised(build), declared={"word": "one"}, from_step="use")
    assert bench.read(again.steps["use"].outputs["out"], "a") == "one\n"
    assert notices(bench) == []


def test_results_that_were_made_with_other_arguments_are_told(bench, build):
    bench.run(*parametrised(build), declared={"word": "one"})
    later = bench.run(*parametrised(build), declared={"word": "two"})
    again = bench.run(*parametrised(build), declared={"word": "three"}, from_step="use")
    assert bench.read(again.steps["use"].outputs["out"], "a") == "two\n"
    assert notices(bench) == [
        f"prepare is taken from execution {later.execution_id}, which made it with other "
        "arguments: `two` there, `three` here."
    ]


def test_another_place_for_artifacts_is_no_other_argument(bench, build, tmp_path):
    steps = pair(build, "same")
    steps[0]["Arguments"]["Environment"] = {"PLACE": build.get("Parameters.ArtifactRoot")}
    bench.run(*steps)
    bench.run(*steps, from_step="use", artifact_root=f"file://{tmp_path}/elsewhere")
    assert notices(bench) == []


def test_an_artifact_that_has_changed_since_is_not_taken(bench, build):
    first = bench.run(*pair(build, "good"))
    spoil(first.steps["prepare"].outputs["out"], "a")
    with pytest.raises(RequestError) as refused:
        bench.run(*pair(build, "good"), from_step="use")
    assert str(refused.value) == (
        f"from step use: the artifacts of prepare in execution {first.execution_id} have changed. "
        "Start from an earlier step, or name another execution."
    )


def test_a_taken_artifact_that_is_lost_is_made_anew_when_the_run_resumes(bench, build, tmp_path):
    steps = pair(build, "good")
    steps[1] = build.processing(
        "use",
        f"test -e {tmp_path}/go; cp {IN}/x/a {OUT}/a",
        inputs={"x": build.output_of("prepare")},
    )
    first = bench.run(*steps)
    assert bench.run(*steps, from_step="use").steps["prepare"].reused
    spoil(first.steps["prepare"].outputs["out"], "a")
    (tmp_path / "go").touch()
    again = bench.resume()
    assert (again.status, again.steps["prepare"].reused) == (RunStatus.SUCCEEDED, False)
    assert bench.read(again.steps["use"].outputs["out"], "a") == "good\n"
