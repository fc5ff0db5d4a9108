"""Environments at the command line: the schema, the check and the look at one of them."""

import json
import secrets
from pathlib import Path

import pytest

TEXT = """\
environments:
  tooling:
    account: "123456789012"
    region: us-east-1
    releases: BUCKET
"""


@pytest.fixture
def bucket(s3_bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("environments.yaml").write_text(TEXT.replace("BUCKET", s3_bucket))
    return s3_bucket


def test_the_schema_is_printed(pipeline) -> None:
    answer = pipeline("schema", "environments")
    assert (answer.code, answer.err) == (0, "")
    assert json.loads(answer.out)["title"] == "Penstock environments"


def test_a_file_of_environments_is_recognised_and_checked(pipeline, bucket: str) -> None:
    Path("other.yaml").write_text(Path("environments.yaml").read_text())
    answer = pipeline("check", "environments.yaml", "other.yaml")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == (
        "environments.yaml: environments, in order\nother.yaml: environments, in order\n"
    )


def test_every_problem_of_the_file_is_told_with_its_line(pipeline, bucket: str) -> None:
    text = Path("environments.yaml").read_text() + (
        "    registry: sagemaker://Ireland\n    ledger: dynamodb://approvals?bucket=b\n"
    )
    Path("environments.yaml").write_text(text)
    answer = pipeline("check", "environments.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "environments.yaml:6: 'Ireland' is no AWS Region. "
        "Write sagemaker://REGION?bucket=BUCKET, such as sagemaker://eu-west-1?bucket=models.\n"
        "environments.yaml:7: it names no key. "
        "Write dynamodb://TABLE?bucket=BUCKET&key=alias/KEY, and &region=REGION where needed.\n"
        "2 problems in 1 of 1 file.\n"
    )
    Path("environments.yaml").write_text("environments: [\n")
    answer = pipeline("check", "environments.yaml")
    assert answer.err == (
        "environments.yaml:2: this is not YAML: did not find expected node content. "
        "Mend the line.\n1 problem in 1 of 1 file.\n"
    )


def test_the_doctor_looks_at_an_environment(pipeline, bucket: str) -> None:
    answer = pipeline("doctor", "--env", "tooling")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err) == (0, "")
    assert [each.split()[1] for each in lines] == [
        "interpreter",
        "versions",
        "identity",
        "clock",
        "permissions",
        "region",
        "releases",
        "releases",
    ]
    assert lines[-1] == (
        f"warning releases     {bucket} can be written over: no Object Lock.  "
        "Use a bucket that was created with Object Lock."
    )


def test_something_broken_is_exit_code_1_and_told_to_machines(pipeline, bucket: str) -> None:
    missing = f"s3://missing-{secrets.token_hex(4)}"
    Path("elsewhere.yaml").write_text(TEXT.replace("BUCKET", missing))
    answer = pipeline("doctor", "--env", "tooling", "--environments", "elsewhere.yaml", "--json")
    document = json.loads(answer.out)
    assert (answer.code, answer.err, document["environment"]) == (1, "", "tooling")
    assert document["findings"][-1] == {
        "name": "releases",
        "state": "broken",
        "said": f"there is no bucket {missing}",
        "remedy": "Create it in us-east-1, or mend elsewhere.yaml:5.",
    }


def test_an_unknown_environment_is_a_wrong_request(pipeline, bucket: str) -> None:
    answer = pipeline("doctor", "--env", "toolin")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "pipeline: environments.yaml: there is no environment 'toolin'. Did you mean tooling? "
        "Use one of: tooling.\n"
    )


def test_a_file_without_an_environment_is_a_wrong_request(pipeline, bucket: str) -> None:
    answer = pipeline("doctor", "--environments", "environments.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == ("pipeline: --environments needs --env. See: pipeline doctor --help\n")
