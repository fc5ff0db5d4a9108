"""What the container image is made of, and by whom it runs."""

import re
from pathlib import Path

import pytest
from clean_root import in_context
from dockerfile import read_dockerfile, words

from penstock.cli.compilation import compile_definition

ROOT = Path(__file__).parents[2]
FILE = ROOT / "containers" / "Dockerfile"


def test_every_base_is_named_by_its_digest_and_has_the_projects_python() -> None:
    bases = {stage.base for stage in read_dockerfile(FILE).stages}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", bases.pop())


def test_it_does_not_run_as_root() -> None:
    assert read_dockerfile(FILE).stages[-1].texts("USER") == ["10001:10001"]


def test_jobs_of_definitions_start_the_images_own_entry_point() -> None:
    [entry] = read_dockerfile(FILE).stages[-1].texts("ENTRYPOINT")
    named = str(words(entry)).strip("[]").replace("'", '"')
    definition = compile_definition("training", "wine").definition_json
    assert re.sub(r"\s", "", named) in re.sub(r"\s", "", definition)


def test_the_image_installs_with_the_uv_of_the_makefile() -> None:
    [version] = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert f"UV_VERSION={version}" in read_dockerfile(FILE).stages[0].texts("ARG")


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("uv.lock", True),
        ("pyproject.toml", True),
        ("dist/penstock-0.1.0-py3-none-any.whl", True),
        ("penstock/errors.py", False),
        (".git", False),
        ("environments.yaml", False),
        (".penstock/runs", False),
    ],
)
def test_the_context_holds_the_lock_file_and_the_wheel_alone(path: str, kept: bool) -> None:
    assert in_context(path, ROOT / ".dockerignore") is kept


def test_an_instruction_that_the_clean_root_does_not_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM base\nADD https://example.org/x /x\n")
    with pytest.raises(ValueError, match="the instruction ADD is not known here"):
        read_dockerfile(tmp_path / "Dockerfile")
