"""`[tool.penstock]` of pyproject.toml."""

from pathlib import Path

import pytest

from penstock.cli.compile_cache import cache_key
from penstock.cli.project_settings import ProjectSettings, project_settings
from penstock.errors import RequestError


def written(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "in_network"),
    [
        ("", False),
        ("[tool.other]\nx = 1\n", False),
        ("[tool.penstock]\n", False),
        ("[tool.penstock]\njobs-in-network = false\n", False),
        ("[tool.penstock]\njobs-in-network = true\n", True),
    ],
)
def test_jobs_are_in_a_network_where_the_project_says_so(
    tmp_path: Path, text: str, in_network: bool
) -> None:
    assert project_settings(written(tmp_path, text)) == ProjectSettings(in_network)


def test_an_installation_without_the_file_has_no_settings(tmp_path: Path) -> None:
    assert project_settings(tmp_path) == ProjectSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[tool.penstock]\njobs_in_network = true\n",
            ["[tool.penstock] has no setting 'jobs_in_network'. Use jobs-in-network."],
        ),
        (
            "[tool.penstock]\njobs-in-network = 'yes'\nx = 1\n",
            [
                "[tool.penstock] has no setting 'x'. Use jobs-in-network.",
                "jobs-in-network of [tool.penstock] is 'yes', neither true nor false. "
                "Write true or false.",
            ],
        ),
        (
            "[tool]\npenstock = 1\n",
            ["[tool.penstock] is no table. Write `jobs-in-network = true` below it."],
        ),
        (
            "[tool\n",
            [
                "this is no TOML: Expected ']' at the end of a table declaration "
                "(at line 1, column 6). Mend the file."
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_at_once(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(RequestError) as caught:
        project_settings(written(tmp_path, text))
    where = tmp_path / "pyproject.toml"
    assert [str(each) for each in caught.value.problems] == [f"{where}: {each}" for each in told]


def test_a_compilation_is_kept_for_its_settings(tmp_path: Path) -> None:
    before = cache_key(written(tmp_path, ""), "training", "a", tmp_path / "use_cases")
    written(tmp_path, "[tool.penstock]\njobs-in-network = true\n")
    assert cache_key(tmp_path, "training", "a", tmp_path / "use_cases") != before
