"""The starter settles what `pipeline start` settles, by what prod knows of the same state."""

import functools
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from infra.runtime.canonical import sha256
from infra.runtime.errors import Refused
from infra.runtime.starter.handler import handle
from infra.runtime.starter.settings import Settings
from infra.runtime.starter.starting import start_due
from infra.runtime.waiting import NotYet
from penstock.approval.opening import open_approvals
from penstock.approval.port import Live, Person
from penstock.cli.compilation import compile_definition
from penstock.cli.main import main
from penstock.data.address import parse_address
from penstock.data.batches import open_store
from penstock.data.digest import content_digest
from penstock.data.iceberg.catalog import load_table, opened_catalog
from penstock.data.lineage import table_label
from penstock.data.pinning import pin
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry
from penstock.use_case import load_use_case

ACCOUNT, REGION, COMMIT = "123456789012", "us-east-1", "c0ffee" * 6 + "c0de"
DUE = {"use_case": "fraud", "scheduled": "2026-11-22T04:00:00Z", "schedule": "arn:of:the:schedule"}
APART = {"started_by", "reason"}
"""A person says both of a command."""
COPIED = ("champion", "champion_evidence", "model")
"""Addresses: the command reads from the registry, the function where a promotion was copied to."""


@dataclass(frozen=True)
class State:
    """An account with a model that is live: what it was trained on, and what is there now."""

    table: str
    seen: str
    current: str


@functools.cache
def client_at(endpoint: str, service: str) -> Any:
    return boto3.session.Session().client(service, region_name=REGION, endpoint_url=endpoint)


def client(service: str) -> Any:
    return client_at(os.environ["AWS_ENDPOINT_URL"], service)


def content(uri: str) -> Mapping[str, bytes]:
    """Return what lies below an address, by its path from there."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    below, s3 = f"{prefix.rstrip('/')}/", client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=below)["Contents"]
    return {
        each["Key"].removeprefix(below): s3.get_object(Bucket=bucket, Key=each["Key"])[
            "Body"
        ].read()
        for each in listed
    }


def candidate(folder: Path, properties: Mapping[str, str]) -> Candidate:
    """Return a model with its evidence."""
    model, pack = folder / "model", folder / "evidence"
    model.mkdir(parents=True)
    pack.mkdir()
    (model / "model.json").write_text('{"format": "test.model/1"}')
    (pack / "evidence.html").write_text("<!DOCTYPE html><title>Evidence</title>")
    (pack / "metrics.json").write_text('{"metrics": {"roc_auc": 0.9}}')
    document = {
        "candidate": {
            "group": "fraud",
            "use_case": load_use_case("fraud").reference,
            "started_by": "ann",
        },
        "verdict": {"champion": "", "recommended": True, "sentence": "The first."},
        "digests": {"model": content_digest(model), "definition": f"sha256:{1:064x}"},
    }
    write_pack(pack, document)
    facts = {"execution": "e1", "started_by": "ann", "recommended": "true", **properties}
    return Candidate("fraud", model, pack / "metrics.json", None, facts, pack)


@dataclass(frozen=True)
class Made:
    """What an account is made of.

    Attributes:
        folder: Of the project.
        bucket: Address of a bucket.
        registry: Address.
        ledger: Address.
        records: Name of a table; what is live is kept there too.
    """

    folder: Path
    bucket: str
    registry: str
    ledger: str
    records: str

    def approve(self, table: str, seen: str) -> Live:
        """Register a model that was trained on a table, and approve it."""
        facts = {"data_table": table_label(table), "data_snapshot_to": seen}
        registry, rules = open_registry(self.registry), self.folder / "approvals.yaml"
        version = registry.register(candidate(self.folder / "made", facts)).version
        rules.write_text("stages:\n  - name: prod\n")
        approvals = open_approvals(registry, self.ledger, rules=rules)
        said = {
            "evidence": registry.describe("fraud", version).properties["evidence_digest"],
            "comment": "Good.",
            "justification": "It is the first here.",
        }
        approvals.approve("fraud", version, "prod", Person("ben"), **said)
        return approvals.verified("fraud", "prod")

    def environment(self, table: str) -> Mapping[str, Any]:
        """Write the file of environments; return the one in it."""
        repository = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/penstock"
        prod = {
            "account": ACCOUNT,
            "region": REGION,
            "role": f"arn:aws:iam::{ACCOUNT}:role/penstock-execution",
            "artifacts": f"{self.bucket}/artifacts",
            "image": f"{repository}@sha256:{'01' * 32}",
            "records": self.records,
            "registry": self.registry,
            "ledger": self.ledger,
            "approvers": ["ben"],
            "sources": {"fraud": table},
            "sinks": {"fraud": ["s3://decisions/fraud"]},
        }
        file = self.folder / "environments.yaml"
        file.write_text(yaml.safe_dump({"environments": {"prod": prod}}))
        return prod

    def promote(self, live: Live, body: str) -> None:
        """Leave what a promotion leaves: files side by side, and the live record."""
        parts = {
            "model": content(live.model_uri),
            "evidence": folder_content(self.folder / "made" / "evidence"),
        }
        for part, files in parts.items():
            for path, each in files.items():
                key = f"promoted/fraud/{part}/{path}"
                bucket = self.bucket.removeprefix("s3://")
                client("s3").put_object(Bucket=bucket, Key=key, Body=each)
        record = {
            "pk": "live#fraud-inference",
            "sk": "live",
            "model": f"{self.bucket}/promoted/fraud/model/",
            "group": live.group,
            "version": str(live.version),
            "model_digest": live.model_digest,
            "release": "a" * 64,
            "body": body,
        }
        item = {name: {"S": each} for name, each in record.items()}
        client("dynamodb").put_item(TableName=self.records, Item=item)


def variables(prod: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the settings of the starter in an environment."""
    parameters = {
        "Image": prod["image"],
        "Role": prod["role"],
        "ArtifactRoot": prod["artifacts"],
        "CodeRoot": f"{prod['artifacts']}/code",
    }
    return {
        "ENVIRONMENT": "prod",
        "PROMOTIONS": prod["records"],
        "TOPIC": "arn:of:the:topic",
        "GROUPS": json.dumps({"fraud": "fraud"}),
        "PARAMETERS": json.dumps(parameters),
        "SOURCES": json.dumps(prod["sources"]),
        "SINKS": json.dumps(prod["sinks"]),
        "INCREMENTAL": json.dumps(["fraud"]),
    }


@pytest.fixture
def state(
    s3_bucket: str,
    sagemaker_registry: str,
    aws_ledger: str,
    records_table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> State:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", REGION)
    made = Made(tmp_path, s3_bucket, sagemaker_registry, aws_ledger, records_table)
    name = f"fraud{secrets.token_hex(4)}.transactions"
    table = f"iceberg+glue://?region={REGION}&warehouse={s3_bucket}/lake#{name}"
    store, rows = open_store(table.partition("#")[0]), tmp_path / "rows.parquet"
    pq.write_table(pa.table({"id": [1, 2]}), rows)
    store.append("first", {name: [rows]})
    seen = pin(table).lineage.snapshot_to
    live = made.approve(table, seen)
    store.append("second", {name: [rows]})
    prod = made.environment(table)
    bodies = {}
    for kind in ("training", "inference"):
        compiled = compile_definition(kind, "fraud")
        bodies[kind] = sha256(compiled.definition_json.encode())
        client("sagemaker").create_pipeline(
            PipelineName=compiled.name,
            PipelineDefinition=compiled.definition_json,
            RoleArn=prod["role"],
            Tags=[{"Key": "penstock:commit", "Value": COMMIT}],
        )
    made.promote(live, bodies["inference"])
    for variable, value in variables(prod).items():
        monkeypatch.setenv(f"PENSTOCK_{variable}", value)
    return State(table, seen, pin(table).lineage.snapshot_to)


def folder_content(folder: Path) -> Mapping[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def by_command(kind: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the parameters of an execution that `pipeline start` starts."""
    code = main(["start", kind, "--env", "prod", "--use-case", "fraud", "--json"])
    told = capsys.readouterr()
    assert code == 0, told.err
    return dict(json.loads(told.out)["parameters"])


def by_function(kind: str) -> dict[str, str]:
    """Return the parameters of an execution that the starter starts."""
    context = SimpleNamespace(function_name="penstock", aws_request_id="r-1")
    answer = handle({**DUE, "pipeline": f"fraud-{kind}"}, context)
    sagemaker = client("sagemaker")
    found = sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=answer["execution"]
    )
    return {each["Name"]: each["Value"] for each in found["PipelineParameters"]}


def test_a_schedule_starts_with_what_the_command_would_give(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    # One state for both: it takes longer to make than to compare.
    found = {}
    for kind in ("training", "inference"):
        wanted, found[kind] = by_command(kind, capsys), by_function(kind)
        compared = dict(found[kind])
        for name in set(COPIED) & wanted.keys():
            assert content(compared.pop(name)) == content(wanted.pop(name)), name
        for name in APART & wanted.keys():
            del wanted[name], compared[name]
        assert compared == wanted
    training, inference = found["training"], found["inference"]
    assert training["champion_version"] == inference["model_version"] == "fraud/1"
    assert training["started_by"] == "arn:of:the:schedule"
    assert training["reason"] == "due at 2026-11-22T04:00:00Z"
    assert f"&since={state.seen}&snapshot={state.current}#" in training["source"]
    assert f"&snapshot={state.current}#" in inference["source"]
    # Where what was seen has expired, both refuse, and say the same.
    address = parse_address(state.table)
    with opened_catalog(address) as catalog:
        table = load_table(catalog, address)
        table.maintenance.expire_snapshots().by_id(int(state.seen)).commit()
    assert main(["start", "training", "--env", "prod", "--use-case", "fraud"]) == 2
    later = {**DUE, "pipeline": "fraud-training", "scheduled": "2026-11-23T04:00:00Z"}
    with pytest.raises(Refused, match=f"there is no snapshot {state.seen}: ") as refused:
        start_due(Settings.from_environment(os.environ), later)
    assert capsys.readouterr().err.splitlines()[-1] == f"pipeline: {refused.value}"


def test_what_is_deployed_with_other_settings_decides_by_neither(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    sagemaker, name = client("sagemaker"), "fraud-inference"
    text = sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"]
    approved = load_use_case("fraud")
    other = text.replace(approved.digest, f"sha256:{'0' * 64}")
    sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=other)
    assert main(["start", "inference", "--env", "prod", "--use-case", "fraud"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "pipeline: fraud-inference: it was deployed with other settings than those approved with "
        f"fraud/1 ({approved.reference}). Deploy the release that fraud/1 is of, approve a version "
        "that was trained with these settings, or try them: --trial."
    )
    with pytest.raises(NotYet, match="fraud/1, which is live, was tried with another definition"):
        handle({**DUE, "pipeline": name}, None)
    assert sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []
