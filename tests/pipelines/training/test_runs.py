"""The training pipeline run as users run it, on small data."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

PROJECT = Path(__file__).parents[3]

OF_THIS_RUN = {
    ("preprocess", "summary"),
    ("preprocess", "parameters"),
    ("evidence", "pack"),
    ("evidence", "parameters"),
}
"""They name where the rows came from, or the run itself."""


@pytest.mark.parametrize(("use_case", "metric"), [("wine", "macro_f1"), ("diabetes", "rmse")])
def test_other_tasks_need_no_code(
    use_case: str, metric: str, pipeline_in: Any, tmp_path: Path
) -> None:
    run = pipeline_in(tmp_path, "run", "training", "--use-case", use_case, "--json")
    assert run.code == 0, run.errors
    assert run.summary["status"] == "Succeeded"
    assert metric in [gate["metric"] for gate in run.summary["gates"]]
    assert run.summary["registered"]["version"] == 1


@pytest.mark.slow
def test_a_failed_gate_registers_nothing_and_says_by_how_much(
    pipeline_in: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "strict"
    shutil.copytree(PROJECT / "use_cases" / "wine", folder)
    settings = yaml.safe_load((folder / "use_case.yaml").read_text())
    settings["gates"] = [{"metric": "log_loss", "maximum": 0.001}]
    (folder / "use_case.yaml").write_text(yaml.safe_dump(settings))
    run = pipeline_in(tmp_path, "run", "training", "--use-case", str(folder), "--json")
    assert run.code == 1
    assert run.summary["steps"]["register"]["status"] == "not executed"
    assert run.summary["registered"] is None
    (failure,) = run.summary["failures"]
    assert failure["step"] == "fail"
    assert failure["reason"].startswith("gate failed: log_loss ")
    assert failure["reason"].endswith(" above the maximum 0.001")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(port=0)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{port}")
    boto3.client("s3").create_bucket(Bucket="penstock-test")
    yield "penstock-test"
    server.stop()


@pytest.mark.slow
def test_artifacts_pass_through_s3(pipeline_in: Any, tmp_path: Path, bucket: str) -> None:
    here = pipeline_in(tmp_path, "run", "training", "--use-case", "wine", "--json")
    s3 = boto3.client("s3")
    for file in (tmp_path / ".penstock" / "data").rglob("*.parquet"):
        s3.upload_file(str(file), bucket, f"rows/{file.name}")
    there = pipeline_in(
        tmp_path,
        *("run", "training", "--use-case", "wine", "--json", "--no-cache"),
        *("--source", f"s3://{bucket}/rows/", "--artifacts", f"s3://{bucket}/artifacts"),
    )
    assert (here.code, there.code) == (0, 0), here.errors + there.errors

    def digests(run: Any) -> dict[str, str]:
        return {
            f"{artifact['step']}.{artifact['output']}": artifact["digest"]
            for artifact in run.summary["artifacts"]
            if (artifact["step"], artifact["output"]) not in OF_THIS_RUN
        }

    assert len(digests(here)) == 11
    assert digests(there) == digests(here)
    kept = s3.list_objects_v2(Bucket=bucket, Prefix="artifacts/wine-training/")["Contents"]
    assert any(entry["Key"].endswith("/output/model.tar.gz") for entry in kept)
