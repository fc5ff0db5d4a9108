"""Options that contradict each other are refused before anything starts."""

from pathlib import Path

import pytest

from penstock.cli.run_request import (
    RunRequest,
    absolute_source,
    artifact_root,
    check_request,
    read_images,
)
from penstock.errors import RequestError


def request(**changes: object) -> RunRequest:
    options: dict[str, object] = {
        "name": None,
        "use_case": "fraud",
        "definition": None,
        "from_ir": None,
        "source": None,
        "settings": (),
        "images": {},
        "resume": None,
        "from_step": None,
        "cache": True,
        "artifacts": None,
        "registry": None,
        "quiet": False,
    }
    return RunRequest(**(options | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "training"},
        {"definition": "a.json"},
        {"from_ir": "a.yaml"},
        {"resume": "latest"},
        {"name": "training", "from_step": "train", "settings": ("seed=1",)},
    ],
)
def test_options_that_fit_are_taken(changes: dict[str, object]) -> None:
    check_request(request(**changes))


SEE = "See: pipeline run --help"
CACHE = "Start a new run; steps whose inputs are the same come from the cache."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {},
            "say what to run: a name such as `training`, --definition FILE, --from-ir FILE or "
            f"--resume. {SEE}",
        ),
        (
            {"name": "training", "definition": "a.json"},
            f"a name and --definition exclude each other. {SEE}",
        ),
        (
            {"resume": "latest", "settings": ("seed=1",), "source": "x", "artifacts": "s3://b/a"},
            f"a resumed run keeps its parameters: --set cannot change them. {CACHE}\n"
            f"a resumed run keeps its parameters: --source cannot change them. {CACHE}\n"
            f"a resumed run keeps its parameters: --artifacts cannot change them. {CACHE}",
        ),
    ],
)
def test_every_contradiction_is_listed(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_request(request(**changes))
    assert str(caught.value) == message


def test_an_image_stands_before_its_command() -> None:
    assert read_images(("a:1=python3", "b@sha256:1=run --x=1")) == {
        "a:1": "python3",
        "b@sha256:1": "run --x=1",
    }


def test_every_wrong_image_is_listed() -> None:
    with pytest.raises(RequestError) as caught:
        read_images(("a:1", "=x", "b="))
    assert str(caught.value) == "\n".join(
        f"--image {text}: an image is mapped in the form IMAGE=COMMAND. "
        "Such as --image registry/tool:1=python3."
        for text in ("a:1", "=x", "b=")
    )


def test_a_source_on_this_machine_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows").mkdir()
    assert absolute_source("rows") == str(tmp_path / "rows")
    assert absolute_source("rows/*.parquet") == str(tmp_path / "rows/*.parquet")
    assert absolute_source("s3://bucket/rows") == "s3://bucket/rows"


def test_a_missing_source_is_told() -> None:
    with pytest.raises(RequestError) as caught:
        absolute_source("/no/rows")
    assert str(caught.value) == (
        "--source /no/rows: there is no such file or folder. Check the path."
    )


def test_artifacts_go_to_a_store() -> None:
    assert artifact_root("file:///a/b") == "file:///a/b"
    assert artifact_root("s3://bucket/a/") == "s3://bucket/a"


@pytest.mark.parametrize("given", ["/folder", "gs://bucket", "s3://", "file://relative"])
def test_another_store_is_refused(given: str) -> None:
    with pytest.raises(RequestError) as caught:
        artifact_root(given)
    assert str(caught.value) == (
        f"--artifacts: {given!r} names no store. Give file:///FOLDER or s3://BUCKET/FOLDER."
    )
