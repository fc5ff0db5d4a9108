"""Steps are taken from the cache by the service's keys, and by what inputs and code hold."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.local import cache as cache_module
from penstock.targets.local.cache import cache_key, duration_seconds
from penstock.targets.local.result import RunStatus

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"
ON = {"Enabled": True, "ExpireAfter": "P30D"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("P30D", 2_592_000),
        ("p30d", 2_592_000),
        ("PT1H", 3600),
        ("T12H", 43_200),
        ("P4DT12H", 388_800),
        ("P1Y2M1W", 31_536_000 + 2 * 2_592_000 + 604_800),
        ("PT1M1S", 61),
    ],
)
def test_durations_are_read_as_the_service_documents_them(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "30", "soon", "P1H", "P-1D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no ISO 8601 duration"):
        duration_seconds(text)


def cached(result: Any) -> dict[str, bool]:
    return {name: run.cached for name, run in result.steps.items()}


def test_the_same_step_is_taken_from_the_cache_and_gives_the_same_artifacts(bench, build):
    def steps(word: str) -> list[dict[str, Any]]:
        return [
            build.processing(
                "make",
                f"echo '{{\"n\": 7}}' > {OUT}/f.json; date +%s%N > {OUT}/when",
                facts="f.json",
                CacheConfig=ON,
            ),
            build.processing(
                "use",
                f"cat {IN}/x/when > {OUT}/when; echo {word} $N > {OUT}/said",
                inputs={"x": build.output_of("make")},
                environment={"N": build.join(build.json_get("make", "n"))},
                CacheConfig=ON,
            ),
        ]

    first = bench.run(*steps("a"))
    second = bench.run(*steps("a"))
    third = bench.run(*steps("b"))
    assert cached(first) == {"make": False, "use": False}
    assert cached(second) == {"make": True, "use": True}
    assert cached(third) == {"make": True, "use": False}
    assert second.steps["use"].outputs == first.steps["use"].outputs
    assert second.output_parameters == first.output_parameters == {"make": {"n": 7}}
    assert bench.read(third.steps["use"].outputs["out"], "said") == "b 7\n"
    assert bench.read(third.steps["use"].outputs["out"], "when") == bench.read(
        first.steps["make"].outputs["out"], "when"
    )


def test_an_input_counts_by_what_it_holds_not_by_where_it_is(bench, build):
    def steps(salt: str) -> list[dict[str, Any]]:
        return [
            build.processing("make", f": {salt}; echo same > {OUT}/a", CacheConfig=ON),
            build.processing("use", inputs={"x": build.output_of("make")}, CacheConfig=ON),
        ]

    bench.run(*steps("one"))
    again = bench.run(*steps("two"))
    assert cached(again) == {"make": False, "use": True}


def test_a_changed_file_of_the_user_is_a_miss(bench, build):
    uri = bench.put("in.csv", "1\n")
    step = build.processing("use", f"cp {IN}/x/* {OUT}", inputs={"x": uri}, CacheConfig=ON)
    assert cached(bench.run(step)) == {"use": False}
    assert cached(bench.run(step)) == {"use": True}
    bench.put("in.csv", "2\n")
    changed = bench.run(step)
    assert cached(changed) == {"use": False}
    assert bench.read(changed.steps["use"].outputs["out"], "in.csv") == "2\n"


MISSES = {
    "image": lambda a: a["AppSpecification"].update(ImageUri="tool:2"),
    "entry point": lambda a: a["AppSpecification"].update(ContainerEntrypoint=["sh", "-c", ":"]),
    "arguments": lambda a: a["AppSpecification"].update(ContainerArguments=["x"]),
    "environment": lambda a: a.update(Environment={"A": "2"}),
    "inputs": lambda a: a["ProcessingInputs"].clear(),
    "output names": lambda a: a["ProcessingOutputConfig"]["Outputs"][0].update(OutputName="o2"),
}
HITS = {
    "role": lambda a: a.update(RoleArn="arn:aws:iam::000000000000:role/other"),
    "resources": lambda a: a["ProcessingResources"]["ClusterConfig"].update(VolumeSizeInGB=99),
    "stopping": lambda a: a.update(StoppingCondition={"MaxRuntimeInSeconds": 99}),
    "output places": lambda a: a["ProcessingOutputConfig"]["Outputs"][0]["S3Output"].update(
        S3Uri="file:///elsewhere"
    ),
}


@pytest.mark.parametrize(
    ("name", "hit"), [*((n, False) for n in MISSES), *((n, True) for n in HITS)]
)
def test_a_processing_step_is_known_by_the_documented_arguments(bench, build, name, hit):
    images = {"tool:1": "env", "tool:2": "env"}
    step = build.processing(
        "one", inputs={"x": bench.put("a", "1")}, environment={"A": "1"}, CacheConfig=ON
    )
    bench.run(step, images=images)
    other = copy.deepcopy(step)
    (MISSES | HITS)[name](other["Arguments"])
    result = bench.run(other, images=images)
    assert result.status is RunStatus.SUCCEEDED
    assert cached(result) == {"one": hit}


TRAINING_MISSES = {
    "hyperparameters": lambda a: a.update(HyperParameters={"depth": "4"}),
    "environment": lambda a: a.update(Environment={"A": "2"}),
    "channels": lambda a: a["InputDataConfig"].clear(),
    "algorithm": lambda a: a["AlgorithmSpecification"].update(ContainerArguments=["x"]),
    "checkpoints": lambda a: a.update(CheckpointConfig={"S3Uri": "file:///c"}),
}
TRAINING_HITS = {
    "role": lambda a: a.update(RoleArn="arn:aws:iam::000000000000:role/other"),
    "resources": lambda a: a["ResourceConfig"].update(VolumeSizeInGB=99),
    "output place": lambda a: a["OutputDataConfig"].update(S3OutputPath="file:///elsewhere"),
}


@pytest.mark.parametrize(
    ("name", "hit"),
    [*((n, False) for n in TRAINING_MISSES), *((n, True) for n in TRAINING_HITS)],
)
def test_a_training_step_is_known_by_the_documented_arguments(bench, build, name, hit):
    step = build.training(
        "one", channels={"x": bench.put("a", "1")}, hyperparameters={"depth": "3"}, CacheConfig=ON
    )
    first = bench.run(step)
    other = copy.deepcopy(step)
    (TRAINING_MISSES | TRAINING_HITS)[name](other["Arguments"])
    result = bench.run(other)
    assert result.status is RunStatus.SUCCEEDED
    assert cached(result) == {"one": hit}
    if hit:
        assert result.steps["one"].properties == first.steps["one"].properties


def test_another_step_or_pipeline_with_the_same_arguments_is_a_miss(bench, build):
    step = build.processing("one", CacheConfig=ON)
    bench.run(step, pipeline="fraud")
    assert cached(bench.run({**step, "Name": "two"}, pipeline="fraud")) == {"two": False}
    assert cached(bench.run(step, pipeline="wine")) == {"one": False}
    assert cached(bench.run(step, pipeline="fraud")) == {"one": True}


def test_a_step_without_an_enabled_cache_or_a_run_without_one_is_always_run(bench, build):
    plain, off = build.processing("plain"), build.processing("off", CacheConfig={"Enabled": False})
    on = build.processing("on", CacheConfig={"Enabled": True})
    bench.run(plain, off, on)
    assert cached(bench.run(plain, off, on)) == {"plain": False, "off": False, "on": True}
    assert cached(bench.run(on, use_cache=False)) == {"on": False}


def test_a_failed_step_is_not_kept(bench, build, tmp_path):
    step = build.processing("one", f"test -e {tmp_path}/go", CacheConfig=ON)
    assert bench.run(step).status is RunStatus.FAILED
    (tmp_path / "go").touch()
    again = bench.run(step)
    assert (again.status, cached(again)) == (RunStatus.SUCCEEDED, {"one": False})


def test_a_result_that_is_too_old_is_a_miss(bench, build, monkeypatch):
    import time

    step = build.processing("one", CacheConfig={"Enabled": True, "ExpireAfter": "PT1H"})
    bench.run(step)
    now = time.time()
    monkeypatch.setattr(cache_module.time, "time", lambda: now + 3500)
    assert cached(bench.run(step)) == {"one": True}
    monkeypatch.setattr(cache_module.time, "time", lambda: now + 3700)
    assert cached(bench.run(step)) == {"one": False}


def test_a_result_whose_artifact_is_gone_is_a_miss(bench, build):
    step = build.processing("one", f"echo a > {OUT}/a", CacheConfig=ON)
    first = bench.run(step)
    Path(first.steps["one"].outputs["out"].uri.removeprefix("file://"), "a").unlink()
    again = bench.run(step)
    assert cached(again) == {"one": False}
    assert bench.read(again.steps["one"].outputs["out"], "a") == "a\n"


def test_a_model_whose_archive_is_gone_is_a_miss(bench, build):
    step = build.training(
        "one",
        "echo m > /opt/ml/model/m; mkdir /opt/ml/output/data/x; echo x > /opt/ml/output/data/x/x",
        CacheConfig=ON,
    )
    bench.run(step)
    kept = bench.run(step)
    assert cached(kept) == {"one": True}
    uri = kept.steps["one"].outputs["x"].uri
    assert uri.endswith("/output/output.tar.gz#x")
    Path(uri.removeprefix("file://").removesuffix("#x")).unlink()
    assert cached(bench.run(step)) == {"one": False}


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "3", '{"at": "x"}', '{"at": 9e9, "outputs": [], "properties": {}}']
)
def test_a_damaged_entry_is_a_miss_and_is_mended(bench, build, damage):
    step = build.processing("one", CacheConfig=ON)
    bench.run(step)
    (entry,) = (bench.home / "cache" / "steps").iterdir()
    entry.write_text(damage)
    assert cached(bench.run(step)) == {"one": False}
    assert json.loads(entry.read_text())["outputs"]["out"]["digest"].startswith("sha256:")


def test_changed_code_of_the_project_is_a_miss_for_our_image_alone(bench, build):
    components = bench.machine.project / "components"
    components.mkdir()
    (components / "one.py").write_text("A = 1\n")
    ours = build.processing("ours", image="penstock:0.1.0", CacheConfig=ON)
    other = build.processing("other", CacheConfig=ON)
    bench.run(ours, other)
    assert cached(bench.run(ours, other)) == {"ours": True, "other": True}
    (components / "one.py").write_text("A = 2\n")
    assert cached(bench.run(ours, other)) == {"ours": False, "other": True}


def test_another_command_for_an_image_or_a_changed_script_is_a_miss(bench, build, tmp_path):
    script = tmp_path / "tool.sh"
    script.write_text(f"echo 1 > {tmp_path}/said\n")
    step = build.processing("one", CacheConfig=ON)

    def run(command: str) -> dict[str, bool]:
        return cached(bench.run(step, images={"tool:1": command}))

    assert run(f"sh {script}") == {"one": False}
    assert run(f"sh {script}") == {"one": True}
    script.write_text(f"echo 2 > {tmp_path}/said\n")
    assert run(f"sh {script}") == {"one": False}
    assert run("env") == {"one": False}


def test_a_cache_that_cannot_be_written_loses_nothing_else(bench, build):
    (bench.home / "cache").mkdir(parents=True)
    (bench.home / "cache" / "steps").write_text("no folder")
    step = build.processing("one", CacheConfig=ON)
    assert cached(bench.run(step)) == {"one": False}
    again = bench.run(step)
    assert (again.status, cached(again)) == (RunStatus.SUCCEEDED, {"one": False})


def test_a_duration_that_cannot_be_read_is_a_miss(bench, build):
    step = build.processing("one", CacheConfig={"Enabled": True, "ExpireAfter": "soon"})
    bench.run(step)
    assert cached(bench.run(step)) == {"one": False}


@pytest.mark.parametrize("kind", ["Condition", "RegisterModel", "Transform", "Callback", "Lambda"])
def test_the_service_caches_no_step_of_other_types(kind: str) -> None:
    assert cache_key(kind, "p/s", {"ModelName": "m"}, lambda _: None) is None


def test_the_order_of_members_does_not_count() -> None:
    one = {"Environment": {"A": "1", "B": "2"}, "HyperParameters": {"x": "1"}}
    two = {"HyperParameters": {"x": "1"}, "Environment": {"B": "2", "A": "1"}}
    assert cache_key("Training", "p/s", one, lambda _: None) == cache_key(
        "Training", "p/s", two, lambda _: None
    )


@pytest.mark.parametrize("change", ["a", "new"])
def test_a_result_whose_artifact_has_changed_is_a_miss(bench, build, change):
    step = build.processing("make", f"echo good > {OUT}/a", CacheConfig=ON)
    first = bench.run(step)
    file = Path(first.steps["make"].outputs["out"].uri.removeprefix("file://"), change)
    file.unlink(missing_ok=True)
    file.write_text("evil\n")
    second = bench.run(step)
    assert not second.steps["make"].cached
    assert second.steps["make"].outputs["out"].digest == first.steps["make"].outputs["out"].digest
    assert bench.read(second.steps["make"].outputs["out"], "a") == "good\n"
    assert bench.run(step).steps["make"].cached
