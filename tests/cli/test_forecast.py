"""What the command lets the warm server load while it compiles."""

from pathlib import Path

import pytest

from penstock.cli.forecast import forecast
from penstock.cli.project_pipelines import project_folder

PIPELINE = """
from components.last import last
from components.keep import keep as put_away
from components.first import first
from components.idle import idle
from elsewhere import other

def wire():
    data = first(source="rows")
    if other(data):
        put_away(last(data), first(source="again"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pipelines" / "mine").mkdir(parents=True)
    (tmp_path / "pipelines" / "mine" / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "last.py").write_text('@component(kind="training")\ndef last(): ...')
    (tmp_path / "components" / "keep.py").write_text(
        '@component(kind="register")\ndef keep(model): ...'
    )
    (tmp_path / "components" / "first.py").write_text("@component()\ndef first(source): ...")
    return tmp_path


def test_components_are_expected_in_the_order_of_their_calls(project: Path) -> None:
    assert forecast(project, "mine") == ("components.first", "components.last")


def test_the_jobs_of_both_pipelines_are_known() -> None:
    training = ("preprocess", "train", "evaluate", "assemble", "evidence")
    inference = (
        *("prepare", "batch_transform", "transform", "serving.lines", "collect_scores"),
        *("check_predictions", "publish"),
    )
    for name, jobs in (("training", training), ("inference", inference)):
        assert forecast(project_folder(), name) == tuple(f"components.{job}" for job in jobs)


@pytest.mark.parametrize("text", [None, "def wire(:", "\0"])
def test_nothing_is_expected_of_a_pipeline_that_cannot_be_read(
    project: Path, text: str | None
) -> None:
    file = project / "pipelines" / "mine" / "pipeline.py"
    file.unlink()
    if text is not None:
        file.write_text(text)
    assert forecast(project, "mine") == ()
