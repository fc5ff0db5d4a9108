import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.targets.local.jobs.container_view import ContainerView, resource_configuration

FOLDER = Path("/runs/r/jobs/Train/attempt-1")
ROOT = f"{FOLDER}/opt/ml"


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("/opt/ml", "opt/ml"),
        ("/opt/ml/", "opt/ml"),
        ("/opt/ml/model", "opt/ml/model"),
        ("/opt/mlflow", "opt/mlflow"),
        ("/data/in", "data/in"),
        ("data/in", "data/in"),
        ("/opt/ml/../../../etc/passwd", "etc/passwd"),
        ("../../out", "out"),
    ],
)
def test_a_path_of_the_container_is_below_the_folder(inside: str, outside: str) -> None:
    assert ContainerView(FOLDER).path(inside) == FOLDER / outside


@given(st.text(st.sampled_from("/.a ~-")))
def test_no_path_of_the_container_leads_out(inside: str) -> None:
    found = ContainerView(FOLDER).path(inside)
    assert found.is_relative_to(FOLDER)
    assert ".." not in found.parts


@pytest.mark.parametrize(
    ("text", "mapped"),
    [
        ("/opt/ml", ROOT),
        ("/opt/ml/model", f"{ROOT}/model"),
        ("--out=/opt/ml/a:/opt/ml/b", f"--out={ROOT}/a:{ROOT}/b"),
        ('{"path": "/opt/ml/x"}', f'{{"path": "{ROOT}/x"}}'),
        ("cd /opt/ml; ls (/opt/ml)", f"cd {ROOT}; ls ({ROOT})"),
        ("file:///opt/ml/x", f"file://{ROOT}/x"),
        ("It is in /opt/ml.", f"It is in {ROOT}."),
        ("/opt/mlflow", "/opt/mlflow"),
        ("/opt/ml-data", "/opt/ml-data"),
        ("/opt/ml.bak/x", "/opt/ml.bak/x"),
        ("s3://bucket/opt/ml/x", "s3://bucket/opt/ml/x"),
        ("~/opt/ml", "~/opt/ml"),
        ("${HOME}/opt/ml", "${HOME}/opt/ml"),
        ("../opt/ml", "../opt/ml"),
    ],
)
def test_every_place_of_the_container_in_a_text_is_mapped(text: str, mapped: str) -> None:
    assert ContainerView(FOLDER).mapped(text) == mapped


@given(st.lists(st.sampled_from(["/opt/ml", "/", "x", " ", ".", "-"])))
def test_mapping_twice_is_mapping_once(parts: list[str]) -> None:
    text = "".join(parts)
    view = ContainerView(FOLDER)
    assert view.mapped(view.mapped(text)) == view.mapped(text)


def test_folders_and_configuration_files_are_made(tmp_path: Path) -> None:
    view = ContainerView(tmp_path)
    view.make("/opt/ml/model", "/opt/ml/output/data")
    view.write_json("/opt/ml/input/config/hyperparameters.json", {"b": "é", "a": "1"})
    assert (tmp_path / "work").is_dir()
    assert (tmp_path / "opt/ml/output/data").is_dir()
    file = tmp_path / "opt/ml/input/config/hyperparameters.json"
    assert json.loads(file.read_bytes()) == {"a": "1", "b": "é"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, None),
        ({"failure": b"it broke\n"}, "it broke"),
        ({"failure": b" \n", "message": b"done"}, "done"),
        ({"failure": b"x" * 5000}, "x" * 1024),
        ({"failure": "é".encode() * 5000}, "é" * 1024),
        ({"failure": b"caf\xe9"}, "caf\ufffd"),
    ],
)
def test_a_job_tells_of_its_failure_as_much_as_the_service_keeps(
    tmp_path: Path, files: dict[str, bytes], said: str | None
) -> None:
    view = ContainerView(tmp_path)
    view.make("/opt/ml/output")
    for name, content in files.items():
        (view.root / "output" / name).write_bytes(content)
    assert view.failure() == said


@pytest.mark.parametrize(
    ("stdout", "stderr", "tail"),
    [
        (None, None, ()),
        (b"", b"", ()),
        (b"out\n", b"", ("out",)),
        (b"out\n", b"\n \n", ("out",)),
        (b"out\n", b"one\ntwo\n\n\n", ("one", "two")),
        (b"", b"".join(b"%d\n" % number for number in range(99)), ("96", "97", "98")),
        (b"", b"caf\xe9", ("caf\ufffd",)),
    ],
)
def test_the_last_lines_are_those_of_the_errors_or_else_of_the_output(
    tmp_path: Path, stdout: bytes | None, stderr: bytes | None, tail: tuple[str, ...]
) -> None:
    for name, content in (("stdout.log", stdout), ("stderr.log", stderr)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    assert ContainerView(tmp_path).log_tail(3) == tail


def test_a_log_without_an_end_of_line_is_read_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "stderr.log").write_bytes(b"x" * 100_000 + b"end")
    assert ContainerView(tmp_path).log_tail(block_bytes=10) == ("xxxxxxxend",)


def test_a_job_has_one_host() -> None:
    configuration = resource_configuration({"InstanceType": "ml.m5.large", "InstanceCount": 1})
    assert configuration["hosts"] == ["algo-1"]
    assert configuration["current_host"] == "algo-1"
    assert configuration["current_instance_type"] == "ml.m5.large"
    assert resource_configuration({})["current_instance_type"] == "local"
