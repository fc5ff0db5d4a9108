"""Processing jobs see the container that the service documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.data.digest import content_digest
from penstock.targets.local.result import RunStatus

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"


def test_the_job_finds_its_request_and_its_resources(bench, build):
    result = bench.run(
        build.processing("one", f"cp /opt/ml/config/*.json {OUT}", environment={"A": "b"})
    )
    output = result.steps["one"].outputs["out"]
    job = json.loads(bench.read(output, "processingjobconfig.json"))
    assert job["ProcessingJobName"] == result.steps["one"].properties["ProcessingJobName"]
    assert job["Environment"] == {"A": "b"}
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceType"] == "ml.m5.large"
    assert json.loads(bench.read(output, "resourceconfig.json")) == {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": "ml.m5.large",
                "hosts": ["algo-1"],
            }
        ],
        "network_interface_name": "lo",
    }


def test_several_inputs_and_outputs_keep_their_names(bench, build):
    given = bench.put("a.csv", "1\n")
    result = bench.run(
        build.processing(
            "one",
            f"cp {IN}/file/a.csv {OUT}/x; mkdir {OUT}2/deep; cp {IN}/folder/a.csv {OUT}2/deep/y",
            inputs={"file": f"{given}/a.csv", "folder": given},
            outputs=("out", "out2"),
        )
    )
    outputs = result.steps["one"].outputs
    assert list(outputs) == ["out", "out2"]
    assert bench.read(outputs["out"], "x") == "1\n"
    assert bench.read(outputs["out2"], "deep/y") == "1\n"
    for output in outputs.values():
        place = Path(output.uri.removeprefix("file://"))
        assert content_digest(place) == output.digest


def test_artifacts_are_linked_not_copied_and_read_only(bench, build):
    result = bench.run(
        build.processing("one", f"echo a > {OUT}/a"),
        build.processing("two", f"test -e {IN}/x/a", inputs={"x": build.output_of("one")}),
    )
    artifact = Path(result.steps["one"].outputs["out"].uri.removeprefix("file://"), "a")
    seen = result.steps["two"].folder / "opt" / "ml" / "processing" / "input" / "x" / "a"
    assert artifact.samefile(seen)
    assert artifact.stat().st_mode & 0o222 == 0


def test_an_empty_output_is_an_output(bench, build):
    result = bench.run(build.processing("one"))
    output = result.steps["one"].outputs["out"]
    assert result.status is RunStatus.SUCCEEDED
    assert output.digest == content_digest(Path(output.uri.removeprefix("file://")))


def test_a_payload_that_is_described_is_the_artifact(bench, build):
    result = bench.run(
        build.processing("one", f"echo '{{}}' > {OUT}/artifact.json; echo a > {OUT}/data")
    )
    output = result.steps["one"].outputs["out"]
    assert output.digest == content_digest(Path(output.uri.removeprefix("file://"), "data"))


def test_the_exit_message_of_a_job_is_kept(bench, build):
    result = bench.run(
        build.processing("good", "mkdir -p /opt/ml/output; echo 9 rows > /opt/ml/output/message"),
        build.processing(
            "bad", "mkdir -p /opt/ml/output; echo no rows > /opt/ml/output/message; exit 1"
        ),
    )
    assert result.steps["good"].properties["ExitMessage"] == "9 rows"
    assert result.steps["bad"].failure_reason == "no rows"


def test_a_job_that_runs_too_long_is_stopped(bench, build):
    result = bench.run(build.processing("one", "sleep 60", seconds=1))
    assert result.steps["one"].failure_reason == (
        "it ran longer than its MaxRuntimeInSeconds of 1 and was stopped."
    )


def test_a_signal_that_ended_a_job_is_named(bench, build):
    result = bench.run(
        build.processing("killed", "kill -KILL $$"), build.processing("crashed", "kill -SEGV $$")
    )
    assert result.steps["killed"].failure_reason == (
        "its process was ended by SIGKILL, as when memory runs out."
    )
    assert result.steps["crashed"].failure_reason == "its process was ended by SIGSEGV."


def test_a_missing_input_is_told_with_its_place(bench, build, tmp_path):
    uri = f"file://{tmp_path}/nothing"
    result = bench.run(build.processing("one", inputs={"x": uri}))
    assert result.steps["one"].failure_reason == (
        f"there is nothing at {uri}. Look at the step that should write it."
    )


def test_an_input_of_another_kind_is_told(bench, build):
    step = build.processing("one")
    step["Arguments"]["ProcessingInputs"] = [{"InputName": "x", "DatasetDefinition": {}}]
    assert bench.run(step).steps["one"].failure_reason == (
        "its input x is no S3Input, the one kind that this machine has. "
        "Write the data to S3 or to a folder first."
    )


def test_an_output_that_the_job_removed_is_told(bench, build):
    result = bench.run(build.processing("one", f"rmdir {OUT}"))
    assert result.steps["one"].failure_reason == (
        f"its output out is gone: the job removed {OUT}. "
        "Let the job leave the folder, even an empty one."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "{broken",
            "{uri}/f.json: the property file is not JSON: Expecting property name enclosed in "
            "double quotes: line 1 column 2 (char 1). Look at what writes it.",
        ),
        ("{}", "property file facts of make: `auc` ends before 'auc': there is nothing."),
        (None, "{uri}/f.json cannot be read: No such file or directory. {remedy}"),
    ],
)
def test_a_property_file_that_cannot_be_read_is_told_where_it_is_needed(
    bench, build, content, message
):
    script = "true" if content is None else f"printf '%s' '{content}' > {OUT}/f.json"
    result = bench.run(
        build.processing("make", script, facts="f.json"),
        build.condition("gate", build.compare("Equals", build.json_get("make", "auc"), 1)),
    )
    uri = f"file://{bench.home}/artifacts/{result.execution_id}/make/out"
    reason = result.steps["gate"].failure_reason
    expected = message.replace("{uri}", uri).replace(
        "{remedy}", "Look at the step that should write it."
    )
    assert reason == expected


def test_a_job_that_writes_into_its_input_fails_and_the_artifact_is_made_anew(bench, build):
    steps = [
        build.processing("make", f"echo good > {OUT}/a"),
        build.processing(
            "spoil",
            # Who is not the superuser is kept from it by the file's mode alone.
            f"chmod u+w {IN}/x/a; echo bad > {IN}/x/a; cp {IN}/x/a {OUT}/a",
            inputs={"x": build.output_of("make")},
        ),
    ]
    first = bench.run(*steps)
    written = first.steps["spoil"].folder / "opt/ml/processing/input/x/a"
    assert first.steps["spoil"].failure_reason == (
        f"{written}: it wrote into its input x, and so into the artifact itself. "
        "Let it write to a copy; the artifact is made anew when the run resumes."
    )
    again = bench.resume()
    assert (again.steps["make"].attempts, again.steps["spoil"].status.value) == (2, "failed")


def test_a_job_may_replace_and_remove_what_it_was_given(bench, build):
    result = bench.run(
        build.processing("make", f"echo good > {OUT}/a; echo good > {OUT}/b"),
        build.processing(
            "change",
            f"rm {IN}/x/b; cp {IN}/x/a aside; echo more >> aside; mv aside {IN}/x/a; "
            f"cp {IN}/x/a {OUT}/a",
            inputs={"x": build.output_of("make")},
        ),
    )
    assert bench.read(result.steps["change"].outputs["out"], "a") == "good\nmore\n"
    assert bench.read(result.steps["make"].outputs["out"], "a") == "good\n"
    assert bench.read(result.steps["make"].outputs["out"], "b") == "good\n"
