"""RegisterModel steps put a version into the registry, once per step of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import RequestError
from penstock.targets.local.result import RunStatus
from penstock.targets.local.steps import registration

OUT = "/opt/ml/processing/output/out"

# Keeps versions in a JSON file, as the real job does in MLflow; the same answer files.
REGISTRY = """
import json, sys
from pathlib import Path

def main(argv):
    request = json.loads(Path(argv[0]).read_text())
    kept = Path(request["registry"].removeprefix("sqlite:"))
    versions = json.loads(kept.read_text()) if kept.exists() else []
    if request["group"] == "refused":
        Path(request["failure"]).write_text("the group refused is full. Use another one.")
        return 1
    if request["group"] == "crash":
        raise SystemExit(5)
    facts = {
        "group": request["group"],
        "properties": request["properties"],
        "files": sorted(p.name for p in Path(request["model"]).rglob("*") if p.is_file()),
        "metrics": request["metrics"] and json.loads(Path(request["metrics"]).read_text()),
        "report": request["report"] and Path(request["report"]).read_text(),
    }
    if facts not in versions:
        versions.append(facts)
    kept.write_text(json.dumps(versions))
    number = versions.index(facts) + 1
    Path(request["answer"]).write_text(json.dumps({"version": number, "uri": f"file:/{number}"}))
    return 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def kept(bench: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file of a registry that the project's module `keeping` stands for."""
    (bench.machine.project / "keeping.py").write_text(REGISTRY)
    monkeypatch.setattr(registration, "MODULE", "keeping")
    return tmp_path / "versions.json"


def register(build: Any, group: Any = "fraud", **arguments: Any) -> dict[str, Any]:
    return {
        "Name": "register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group,
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": "penstock:0.1.0",
                        "ModelDataUrl": build.get("Steps.train.ModelArtifacts.S3ModelArtifacts"),
                    }
                ]
            },
            "ModelApprovalStatus": "PendingManualApproval",
            **arguments,
        },
    }


def everything(build: Any) -> list[dict[str, Any]]:
    return [
        build.training("train", "echo m > /opt/ml/model/weights"),
        build.processing(
            "evaluate",
            f"echo '{{\"auc\": 0.9}}' > {OUT}/metrics.json; echo '{{}}' > {OUT}/artifact.json; "
            f"echo '<p>good' > {OUT}2/report.html",
            outputs=("out", "out2"),
        ),
        register(
            build,
            ModelMetrics={
                "ModelQuality": {
                    "Statistics": {
                        "ContentType": "application/json",
                        "S3Uri": build.output_of("evaluate"),
                    }
                }
            },
            CustomerMetadataProperties={
                "threshold": build.join(build.get("Parameters.threshold")),
                "report": build.output_of("evaluate", "out2"),
            },
        ),
    ]


def test_the_model_goes_with_its_metrics_report_and_properties(bench, build, kept):
    result = bench.run(*everything(build), declared={"threshold": 0.5}, registry=f"sqlite:{kept}")
    run = result.steps["register"]
    assert result.status is RunStatus.SUCCEEDED, run.failure_reason
    (version,) = json.loads(kept.read_text())
    assert version == {
        "group": "fraud",
        "properties": {
            "threshold": "0.5",
            "report": result.steps["evaluate"].outputs["out2"].uri,
            "execution": result.execution_id,
            "step": "register",
        },
        "files": ["weights"],
        "metrics": {"auc": 0.9},
        "report": "<p>good\n",
    }
    assert run.parameters == {"group": "fraud", "version": 1, "uri": "file:/1"}
    assert run.properties["ModelPackageArn"] == (
        "arn:aws:sagemaker:local:000000000000:model-package/fraud/1"
    )
    assert run.properties["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_registration_that_is_repeated_registers_nothing_anew(bench, build, kept):
    result = bench.run(*everything(build), declared={"threshold": 0.5}, registry=f"sqlite:{kept}")
    journal = result.folder / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    # As after a kill between the registration and the word of it.
    ending = next(n for n, line in enumerate(lines) if b"step_ended" in line and b"fraud/1" in line)
    journal.write_bytes(b"".join(lines[:ending]))
    again = bench.resume()
    assert again.steps["register"].attempts == 2
    assert again.steps["register"].parameters == {"group": "fraud", "version": 1, "uri": "file:/1"}
    assert len(json.loads(kept.read_text())) == 1


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        ("refused", "the group refused is full. Use another one."),
        ("crash", "its process ended with exit code 5."),
        ("", "it names no ModelPackageGroupName. Versions belong to a group."),
    ],
)
def test_a_registry_that_refuses_fails_the_step_with_its_reason(bench, build, kept, group, reason):
    result = bench.run(build.training("train"), register(build, group), registry=f"sqlite:{kept}")
    assert result.status is RunStatus.FAILED
    assert result.steps["register"].failure_reason == reason
    assert not kept.exists()


def test_a_step_without_model_data_is_told(bench, build, kept):
    step = register(build)
    step["Arguments"]["InferenceSpecification"] = {"Containers": [{"Image": "x"}]}
    result = bench.run(step, registry=f"sqlite:{kept}")
    assert result.steps["register"].failure_reason == (
        "its first container names no ModelDataUrl. "
        "Give InferenceSpecification.Containers[0].ModelDataUrl."
    )


@pytest.mark.slow
def test_mlflows_registry_in_a_file_takes_the_version_as_pending(bench, build):
    """Once with the real registry, as a job of its own."""
    from penstock.registry import open_registry

    uri = f"sqlite:///{bench.home}/mlflow.db"
    result = bench.run(*everything(build), declared={"threshold": 0.5}, registry=uri)
    run = result.steps["register"]
    assert run.status.value == "succeeded", run.failure_reason
    (version,) = open_registry(uri).versions("fraud")
    assert run.parameters == {"group": "fraud", "version": 1, "uri": version.uri}
    described = open_registry(uri).describe("fraud", 1)
    assert described.status == "pending"
    assert described.metrics == {"auc": 0.9}
    assert described.properties["execution"] == result.execution_id


def test_an_address_that_no_registry_can_open_stops_the_run_before_it_starts(bench, build):
    with pytest.raises(RequestError) as refused:
        bench.run(
            *everything(build),
            declared={"threshold": 0.5},
            registry="sqlite:////models%20here/mlflow.db",
        )
    assert str(refused.value) == (
        "sqlite:////models%20here/mlflow.db: the path of a registry's file can hold neither % nor "
        "?. Work in another folder, or name another file: --registry sqlite:////DIR/mlflow.db"
    )
    assert not bench.home.exists()
