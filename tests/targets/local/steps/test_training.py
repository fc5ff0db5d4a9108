"""Training jobs see the container that the service documents, and give its archives."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.targets.local.result import RunStatus

CONFIG = "/opt/ml/input/config"


def members(uri: str) -> dict[str, bytes]:
    with tarfile.open(uri.removeprefix("file://")) as archive:
        return {
            member.name: archive.extractfile(member).read() for member in archive if member.isfile()
        }


def test_channels_hyperparameters_and_configuration_are_where_the_service_puts_them(bench, build):
    result = bench.run(
        build.training(
            "train",
            f"cp {CONFIG}/*.json /opt/ml/model; cp /opt/ml/input/data/rows/a.csv /opt/ml/model;"
            "echo $TRAINING_JOB_NAME > /opt/ml/model/name",
            channels={"rows": bench.put("a.csv", "1\n")},
            hyperparameters={"depth": "3", "rate": build.join(build.get("Parameters.rate"))},
        ),
        declared={"rate": 0.5},
    )
    run = result.steps["train"]
    model = run.properties["ModelArtifacts"]["S3ModelArtifacts"]
    name = run.properties["TrainingJobName"]
    assert model == (
        f"file://{bench.home}/artifacts/{result.execution_id}/train/{name}/output/model.tar.gz"
    )
    found = members(model)
    assert found["a.csv"] == b"1\n"
    assert found["name"].decode().strip() == name
    assert json.loads(found["hyperparameters.json"]) == {"depth": "3", "rate": "0.5"}
    assert json.loads(found["inputdataconfig.json"]) == {
        "rows": {
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
            "ContentType": "text/csv",
        }
    }
    assert json.loads(found["resourceconfig.json"])["hosts"] == ["algo-1"]
    assert run.outputs["model"].digest == content_digest(run.folder / "opt" / "ml" / "model")


def test_the_service_starts_an_image_without_an_entry_point_with_train(bench, build, tmp_path):
    script = tmp_path / "image.sh"
    script.write_text("echo $1 > $PENSTOCK_ML_ROOT/model/said\n")
    step = build.training("train")
    del step["Arguments"]["AlgorithmSpecification"]["ContainerEntrypoint"]
    result = bench.run(step, images={"tool:1": f"sh {script}"})
    model = result.steps["train"].outputs["model"].uri
    assert members(model) == {"said": b"train\n"}


def test_other_outputs_go_into_their_archive_each_with_its_digest(bench, build):
    data = "/opt/ml/output/data"
    result = bench.run(
        build.training(
            "train",
            f"mkdir {data}/scores {data}/parameters; echo 1 > {data}/scores/s;"
            f'echo \'{{"best": "trees"}}\' > {data}/parameters/parameters.json',
        )
    )
    run = result.steps["train"]
    base = run.outputs["model"].uri.removesuffix("model.tar.gz")
    assert sorted(run.outputs) == ["model", "parameters", "scores"]
    assert run.outputs["scores"].uri == f"{base}output.tar.gz#scores"
    assert run.outputs["scores"].digest == content_digest(
        run.folder / "opt" / "ml" / "output" / "data" / "scores"
    )
    assert members(f"{base}output.tar.gz")["scores/s"] == b"1\n"
    assert run.parameters == {"best": "trees"}


def test_the_same_model_gives_the_same_archive(bench, build):
    step = build.training("train", "echo m > /opt/ml/model/m; date +%s%N > /opt/ml/output/data/t")
    archives = [
        Path(bench.run(step).steps["train"].outputs["model"].uri.removeprefix("file://"))
        for _ in range(2)
    ]
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_metrics_are_the_last_number_that_their_expression_finds(bench, build):
    result = bench.run(
        build.training(
            "train",
            "echo 'auc: 0.5 loss 3'; echo 'auc: 0.75'; echo 'auc: none' >&2; echo 'loss: 1e-3' >&2",
            metrics={"auc": r"auc: (\S+)", "loss": r"loss: (\S+)", "absent": "absent (.*)"},
        ),
        build.condition(
            "gate",
            build.compare(
                "GreaterThan", build.get("Steps.train.FinalMetricDataList['auc'].Value"), 0.7
            ),
        ),
    )
    assert result.steps["train"].properties["FinalMetricDataList"] == [
        {"MetricName": "auc", "Value": 0.75},
        {"MetricName": "loss", "Value": 0.001},
    ]
    assert result.steps["gate"].parameters == {"outcome": True}


def test_a_wrong_expression_of_a_metric_is_told(bench, build):
    result = bench.run(build.training("train", metrics={"auc": "auc: ("}))
    assert result.steps["train"].failure_reason == (
        "the regular expression of the metric auc is wrong: missing ), unterminated subpattern at "
        "position 5. Correct MetricDefinitions."
    )


def test_the_failure_file_is_the_reason_as_far_as_the_service_keeps_it(bench, build):
    result = bench.run(
        build.training("said", "printf 'é%.0s' $(seq 2000) > /opt/ml/output/failure; exit 1"),
        build.training("silent", "exit 7"),
        build.training("empty", "echo > /opt/ml/output/failure; exit 7"),
    )
    assert result.steps["said"].failure_reason == "é" * 1024
    assert result.steps["silent"].failure_reason == "its process ended with exit code 7."
    assert result.steps["empty"].failure_reason == "its process ended with exit code 7."


def test_a_failed_job_publishes_nothing(bench, build):
    result = bench.run(build.training("train", "echo m > /opt/ml/model/m; exit 1"))
    assert result.status is RunStatus.FAILED
    assert not (bench.home / "artifacts").exists()


def test_a_job_that_runs_too_long_is_asked_to_stop_and_its_checkpoints_stay(bench, build):
    result = bench.run(
        build.training(
            "train",
            "echo 1 > /opt/ml/checkpoints/one; trap 'echo asked > /opt/ml/checkpoints/two; exit 0' "
            "TERM; sleep 60 & wait",
            checkpoints=True,
            seconds=1,
        )
    )
    assert result.steps["train"].failure_reason == (
        "it ran longer than its MaxRuntimeInSeconds of 1 and was stopped."
    )
    kept = result.folder / "jobs" / "train" / "checkpoints"
    assert sorted(path.name for path in kept.iterdir()) == ["one", "two"]


def test_a_channel_of_another_kind_is_told(bench, build):
    step = build.training("train")
    step["Arguments"]["InputDataConfig"] = [
        {"ChannelName": "rows", "DataSource": {"FileSystemDataSource": {}}}
    ]
    assert bench.run(step).steps["train"].failure_reason == (
        "its channel rows is no S3DataSource, the one kind that this machine has. "
        "Write the data to S3 or to a folder first."
    )
