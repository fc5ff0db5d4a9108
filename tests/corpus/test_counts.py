"""Small pipelines, compiled by KFP and run by both runners, and the corpus where there is one."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from comparison import compared, outputs_missing
from run_counts import count, run_by, selected
from self_contained import obstacles, reasons_against

FLOATS = "whole numbers in lists, structs, metadata and texts become floats"
STATUS = "a task's final status is spelt in snake case, with another message"

GIVEN = {
    "loops": [
        ("halved", {"half": 10, "rest": 0}),
        ("halved", {"half": 10, "rest": 0}),
        ("halved", {"half": 5, "rest": 0}),
        ("halved", {"half": 5, "rest": 0}),
        ("joined", {"Output": "AB+CDE+F"}),
        ("shout", {"Output": "AB"}),
        ("shout", {"Output": "CDE"}),
        ("shout", {"Output": "F"}),
        ("told", {"Output": "told x"}),
        ("told", {"Output": "told yz"}),
        ("words_of", {"Output": ["ab", "cde", "f"]}),
    ],
    "nested": [
        ("halved", {"half": 7, "rest": 1}),
        ("length_of", {"Output": 16}),
        ("length_of", {"Output": 4}),
        ("length_of", {"Output": 5}),
        ("length_of", {"Output": 6}),
        ("summed", {"Output": 15}),
        ("told", {"Output": "told 7/1 of three words here"}),
    ],
    "choices": [
        ("halved", {"half": 3, "rest": 1}),
        ("length_of", {"Output": 18}),
        ("shout", {"Output": "TOLD ODD AND LARGE"}),
        ("told", {"Output": "told odd and large"}),
    ],
    "sieved": [
        ("halved", {"half": 1, "rest": 0}),
        ("halved", {"half": 1, "rest": 1}),
        ("halved", {"half": 1, "rest": 1}),
        ("summed", {"Output": 1}),
        ("summed", {"Output": 1}),
    ],
    "either": [
        ("halved", {"half": 3, "rest": 1}),
        ("noted", {}),
        ("read_note", {"Output": "odd"}),
    ],
    "artifacts": [
        ("noted", {}),
        ("noted", {}),
        ("noted", {}),
        ("noted", {}),
        ("read_note", {"Output": "a note"}),
        ("read_note", {"Output": "a note"}),
        ("read_note", {"Output": "a note"}),
        ("read_notes", {"Output": "x|y"}),
    ],
    "imported": [("read_note", {"Output": "from elsewhere"})],
    "absent": [
        ("greeted", {"Output": "nobody None calm"}),
        ("greeted", {"Output": "someone None None"}),
    ],
    "structures": [
        ("looked_up", {"Output": "literal='v' of ['literal', 'other']"}),
        ("looked_up", {"Output": "two=[True, 1.5, {'deep': 3}] of ['one', 'two']"}),
    ],
    "exits": [
        ("last_words", {"Output": "SUCCEEDED of exit-handler-1"}),
        ("told", {"Output": "told all well"}),
    ],
    "falls": [
        ("broken", {}),
        ("last_words", {"Output": "FAILED of exit-handler-1"}),
        ("told", {"Output": "told before"}),
        ("told", {"Output": "told beside"}),
    ],
}
"""What each component of each pipeline gives, worked out by hand."""

ALTERED = {
    "nested": (FLOATS,),
    "artifacts": (FLOATS,),
    "structures": (FLOATS,),
    "exits": (STATUS,),
    "falls": (FLOATS, STATUS),
}
"""What KFP's local runner is known to alter in them."""

KFP_FAILS = {
    "sieved": "for-loop-5-iteration-0",
    "either": "Expected 1 artifact in ArtifactSelectorSpec. Got: 2",
    "absent": "Unknown value type",
}
"""Pipelines that KFP's local runner cannot run, and what it says."""


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kfp import compiler
    from small_pipelines import PIPELINES

    folder = tmp_path_factory.mktemp("compiled")
    for name, pipeline in PIPELINES.items():
        compiler.Compiler().compile(pipeline, str(folder / f"{name}.yaml"))
    return folder


def arguments_of(name: str, which: str, folder: Path) -> dict[str, Any]:
    """SageMaker takes URIs alone, KFP's local runner paths alone."""
    if name != "imported":
        return {}
    place = folder / "outside.txt"
    place.write_text("from elsewhere")
    return {"place": place.as_uri() if which == "ours" else str(place)}


@pytest.mark.slow
@pytest.mark.parametrize("name", GIVEN)
def test_components_give_the_same_here_as_by_kfp(name: str, compiled: Path, tmp_path: Path) -> None:
    file = compiled / f"{name}.yaml"
    arguments = arguments_of(name, "ours", tmp_path)
    ours, records = run_by("ours", file, arguments, tmp_path / "ours")
    assert ours["ending"] == ("failed" if name == "falls" else "ended"), ours["why"]
    given = sorted(((r["function"], r["gave"]) for r in records), key=json.dumps)
    assert given == sorted(GIVEN[name], key=json.dumps)
    arguments = arguments_of(name, "kfp", tmp_path)
    kfp, by_kfp = run_by("kfp", file, arguments, tmp_path / "kfp")
    if name in KFP_FAILS:
        assert kfp["ending"] == "failed"
        assert KFP_FAILS[name] in kfp["why"][0]
        return
    assert kfp["ending"] == ours["ending"], kfp["why"]
    comparison = compared(records, by_kfp)
    assert comparison.differences == ()
    assert comparison.alterations == ALTERED.get(name, ())
    assert outputs_missing(kfp.get("outputs", {}), records) == []


def record(function: str, **parts: Any) -> dict[str, Any]:
    return {"function": function, "given": {}, "read": {}, "gave": {}, "wrote": {}, **parts}


def test_another_value_is_told_with_both_sides() -> None:
    comparison = compared(
        [record("add", given={"a": 1}, gave={"Output": 3})],
        [record("add", given={"a": 1}, gave={"Output": 4})],
    )
    assert comparison.alterations == ()
    assert comparison.differences == ("add: gave Output: here 3, by kfp 4",)


def test_a_component_that_ran_once_more_is_told() -> None:
    twice = [record("say", given={"text": "x"})] * 2
    assert compared(twice, twice[:1]).differences == (
        'say: ran here only, given {"text": "x"}, gave {}',
    )
    assert compared(twice[:1], twice).differences == (
        'say: ran by kfp only, given {"text": "x"}, gave {}',
    )


def test_a_whole_number_that_became_a_float_is_named_as_altered_by_kfp() -> None:
    comparison = compared(
        [record("say", given={"text": "7 of [1, 2]"}), record("sum", given={"n": [1, 2]})],
        [record("say", given={"text": "7.0 of [1.0, 2.0]"}), record("sum", given={"n": [1.0, 2]})],
    )
    assert comparison.alterations == (FLOATS,)
    assert comparison.differences == ()


def test_another_fraction_is_no_alteration() -> None:
    comparison = compared([record("n", given={"n": 1})], [record("n", given={"n": 1.5})])
    assert comparison.differences == ("n: given n: here 1, by kfp 1.5",)


def test_what_a_pipeline_needs_beyond_python_is_named() -> None:
    def documents(container: dict[str, Any]) -> list[dict[str, Any]]:
        executors = {"exec-task": {"container": container}}
        return [{"deploymentSpec": {"executors": executors}, "root": {}}]

    alone = documents({"image": "alpine", "command": ["echo"]})
    assert reasons_against(alone) == ["task: a command of the image alpine, no Python function"]
    lightweight = documents(
        {
            "image": "python:3.11",
            "command": [
                "sh",
                "-c",
                "python3 -m pip install 'kfp==2.14.3' 'no-such-package>=1'",
                "ephemeral_component.py kfp.dsl.executor_main",
                "import json\nimport requests\n",
            ],
        }
    )
    assert reasons_against(lightweight) == []
    assert obstacles(lightweight) == [
        "task: no-such-package>=1, which is not installed here",
        "task: the network, by requests",
    ]
    lightweight.append(
        {
            "platforms": {
                "kubernetes": {
                    "deploymentSpec": {
                        "executors": {"exec-task": {"secretAsEnv": [], "tolerations": []}}
                    }
                }
            }
        }
    )
    assert reasons_against(lightweight) == ["task: needs secretAsEnv of Kubernetes"]


@pytest.mark.slow
def test_the_corpus_ends_here_wherever_it_can_and_with_the_values_of_kfp(tmp_path: Path) -> None:
    place = os.environ.get("PENSTOCK_KFP_CORPUS")
    if not place:
        pytest.skip("PENSTOCK_KFP_CORPUS names no folder of KFP's compiled pipelines")
    files, excluded = selected(Path(place))
    found = [count(Path(place), file, tmp_path) for file in files]
    assert len(files) + len(excluded) >= 150
    assert [one.name for one in found if one.ours in ("crashed", "invalid")] == []
    assert [one.name for one in found if one.verdict == "DIFFERS"] == []
    assert sum(one.ours == "ended" for one in found) >= 70
