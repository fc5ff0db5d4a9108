"""The jobs' role may do what reading rows and writing decisions asks, and nothing of it is idle.

The engine's own readers and writers ask, in a session of a role, of services of this machine; the
role's policy is the one that the access stacks give.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from recorded import judged
from small_templates import REGION, template

from infra.cdk.access.rows import row_statements
from infra.cdk.inputs import Inputs, UseCaseFacts
from infra.cdk.statements import document, trust
from infra.policies import Template
from infra.policies.calls import Call, Judgement, read_calls
from infra.rehearsal.world import Pace, World, rehearsing
from penstock.data.secrets import resolve_secret
from penstock.data.sinks.opening import open_sink
from penstock.data.sinks.port import Publication
from penstock.data.sources.opening import open_source
from penstock.environments import load_environments
from sandbox.accounts import Credentials, role_variables

PROD, BUCKET = "333333333333", "acme-lake"
ENVIRONMENTS = load_environments(Path(__file__).parents[3] / "environments.yaml")
ROLE = ENVIRONMENTS.get("prod").role
ROWS = pa.table({"id": [1, 2], "score": [0.5, 0.25]})
GLUE = f"iceberg+glue://?warehouse=s3://{BUCKET}/tables#orders"
DAY = date(2026, 11, 21)
OF_LARGE_FILES = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
OF_FOLDERS = sorted([*OF_LARGE_FILES, "s3:ListBucketMultipartUploads"])
"""What goes on with a large upload that broke off: rows here are few."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("record")
    return folder / "calls.jsonl"


@pytest.fixture(scope="module")
def world(record: Path) -> Iterator[World]:
    with rehearsing(ENVIRONMENTS, isolation="subprocess", pace=Pace(0.1), calls=record) as made:
        there = {"LocationConstraint": REGION}
        made.client("s3", "prod").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=there)
        made.client("glue", "prod").create_database(DatabaseInput={"Name": "orders"})
        made.client("secretsmanager", "prod").create_secret(
            Name="orders/database", SecretString=json.dumps({"password": "cachapa"})
        )
        yield made


@pytest.fixture
def become(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take prod's credentials: the account's own user's, or a session of the jobs' role."""
    place = world.places["prod"]

    def become(role: str = "") -> None:
        given = dict(Credentials(world.accounts.endpoint, place).variables)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        for name, value in {**given, **(role_variables(place, role) if role else {})}.items():
            monkeypatch.setenv(name, value)

    return become


def inputs(source: str, *sinks: str) -> Inputs:
    facts = UseCaseFacts("orders", "orders", source, sinks, {})
    return Inputs(list(ENVIRONMENTS), [], {"orders": facts})


def policy(made_of: Inputs) -> list[Mapping[str, Any]]:
    (names,) = made_of.workloads("prod")
    return row_statements(made_of, names)


def role_of(statements: list[Mapping[str, Any]]) -> Template:
    properties = {
        "RoleName": ROLE.rpartition("/")[2],
        "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com"),
        "Policies": [{"PolicyName": "p", "PolicyDocument": document(*statements)}],
    }
    body = template(Jobs={"Type": "AWS::IAM::Role", "Properties": properties})
    return Template("access", PROD, REGION, body)


def asked(record: Path, act: Callable[[], object]) -> list[Call]:
    """Return what is asked while something is done."""
    before = len(read_calls(record.read_text())) if record.is_file() else 0
    act()
    return read_calls(record.read_text())[before:]


def judge(statements: list[Mapping[str, Any]], calls: list[Call]) -> Judgement:
    return judged([role_of(statements)], calls)


def idle(judgement: Judgement) -> list[str]:
    """Return the actions that nothing asked for."""
    return sorted({action for _, actions in judgement.unused for action in actions})


def rows_of(uri: str, folder: Path) -> int:
    connection = duckdb.connect()
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    table = open_source(uri).attach(connection, scratch)
    found = connection.execute(f"SELECT count(*) FROM {table.relation}").fetchone()
    assert found is not None
    return int(found[0])


def published(uri: str, folder: Path, run: str = "orders/1") -> None:
    file = folder / "rows.parquet"
    pq.write_table(ROWS, file)
    assert open_sink(uri).publish(Publication(file, run, DAY)).rows == ROWS.num_rows


def put(world: World, key: str, folder: Path) -> None:
    file = folder / "put.parquet"
    pq.write_table(ROWS, file)
    world.client("s3", "prod").put_object(Bucket=BUCKET, Key=key, Body=file.read_bytes())


def require_each_needed(statements: list[Mapping[str, Any]], calls: list[Call]) -> None:
    """Fail unless each statement is missed where it is left out."""
    for each in statements:
        left = [other for other in statements if other is not each]
        assert judge(left, calls).refused, f"{each['Sid']} is needed by nothing"


@pytest.mark.parametrize(
    "address", ["rows", "rows/day=1/a.parquet", "rows/*/*.parquet"], ids=["folder", "file", "glob"]
)
def test_files_of_s3_are_read(
    world: World, record: Path, become: Callable[..., None], tmp_path: Path, address: str
) -> None:
    put(world, "rows/day=1/a.parquet", tmp_path)
    uri = f"s3://{BUCKET}/{address}"
    become(ROLE)
    calls = asked(record, lambda: rows_of(uri, tmp_path))
    statements = policy(inputs(uri))
    judgement = judge(statements, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert idle(judgement) == []
    require_each_needed(statements, calls)


def test_a_table_of_glue_is_read(
    world: World, record: Path, become: Callable[..., None], tmp_path: Path
) -> None:
    become()
    published(f"{GLUE}.read", tmp_path)
    become(ROLE)
    calls = asked(record, lambda: rows_of(f"{GLUE}.read", tmp_path))
    statements = policy(inputs(f"{GLUE}.read"))
    judgement = judge(statements, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert idle(judgement) == []
    require_each_needed(statements, calls)


def test_decisions_go_to_a_folder_of_s3(
    world: World, record: Path, become: Callable[..., None], tmp_path: Path
) -> None:
    put(world, "rows/day=1/a.parquet", tmp_path)
    source, sink = f"s3://{BUCKET}/rows", f"s3://{BUCKET}/decisions"
    become(ROLE)
    calls = asked(record, lambda: (published(sink, tmp_path), published(sink, tmp_path, "2")))
    statements = [each for each in policy(inputs(source, sink)) if "Sink" in each["Sid"]]
    judgement = judge(statements, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert idle(judgement) == OF_FOLDERS
    require_each_needed([each for each in statements if "Unfinished" not in each["Sid"]], calls)


def test_decisions_go_to_a_table_of_glue_that_is_made_where_there_is_none(
    world: World, record: Path, become: Callable[..., None], tmp_path: Path
) -> None:
    sink = f"{GLUE}.decided"
    become(ROLE)
    calls = asked(record, lambda: (published(sink, tmp_path), published(sink, tmp_path, "2")))
    statements = [
        each for each in policy(inputs(f"s3://{BUCKET}/rows", sink)) if "Sink" in each["Sid"]
    ]
    judgement = judge(statements, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert idle(judgement) == OF_LARGE_FILES
    require_each_needed(statements, calls)


def test_the_password_of_a_database_is_read(
    world: World, record: Path, become: Callable[..., None]
) -> None:
    uri = "postgresql://reader@orders.example/shop?password=aws:orders/database/password#rows"
    become(ROLE)
    calls = asked(record, lambda: resolve_secret("aws:orders/database/password"))
    statements = policy(inputs(uri))
    judgement = judge(statements, calls)
    assert not judgement.refused, f"\n{judgement.refusals}"
    assert idle(judgement) == []
    require_each_needed(statements, calls)
