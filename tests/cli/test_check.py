"""`pipeline check`: files recognised by content, every problem told."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": "Reason", "Type": "String", "DefaultValue": "because"}],
    "Steps": [
        {
            "Name": "stop",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": {"Get": "Parameters.Reason"}},
        }
    ],
}


def test_a_folder_stands_for_the_use_cases_below_it(pipeline) -> None:
    answer = pipeline("check", str(ROOT / "use_cases"))
    names = sorted(file.parent.name for file in (ROOT / "use_cases").glob("*/use_case.yaml"))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"{ROOT}/use_cases/{name}/use_case.yaml: use case, in order" for name in names
    ]


def test_a_definition_is_known_by_its_content(pipeline) -> None:
    Path("anything.txt").write_text(json.dumps(DEFINITION))
    answer = pipeline("check", "anything.txt")
    assert (answer.code, answer.out, answer.err) == (
        0,
        "anything.txt: SageMaker definition, in order\n",
        "",
    )


def test_a_faulty_definition_is_refused(pipeline) -> None:
    text = json.dumps(DEFINITION).replace("Parameters.Reason", "Parameters.Reasn")
    Path("faulty.json").write_text(text)
    answer = pipeline("check", "faulty.json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1] == "1 problem in 1 of 1 file."
    assert answer.err.startswith("faulty.json: ")
    assert "Reasn" in answer.err


def test_a_definition_that_is_no_json_names_the_line(pipeline) -> None:
    Path("broken.json").write_text('{"Steps": [\n')
    answer = pipeline("check", "broken.json")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "1 problem in 1 of 1 file."


def test_every_problem_of_every_file_is_told(pipeline) -> None:
    Path("note.txt").write_text("hello")
    Path("bad.yaml").write_text("a: [\n")
    Path("empty").mkdir()
    Path("picture.png").write_bytes(b"\x89PNG\xff")
    answer = pipeline("check", "none.yaml", "note.txt", "bad.yaml", "empty", "picture.png")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "none.yaml: there is no such file. Check the path.",
        "note.txt: this is no use case, no file of environments, no IR and no SageMaker "
        "definition. A use case has `target` and `task`, a file of environments `environments`, "
        "an IR `pipelineInfo`, a definition `Steps`.",
        "bad.yaml:2: this is neither YAML nor JSON: did not find expected node content. "
        "Mend the line.",
        "empty: no use_case.yaml is in this folder or below it. "
        "Name the folder of a use case, or the file itself.",
        "picture.png: the file is not text in UTF-8. Check the path.",
        "5 problems in 5 of 5 files.",
    ]


def test_a_misspelt_key_of_a_use_case_names_its_line(pipeline) -> None:
    text = (ROOT / "use_cases" / "wine" / "use_case.yaml").read_text()
    Path("wine").mkdir()
    Path("wine/use_case.yaml").write_text(text.replace("\ntarget:", "\ntaget:", 1))
    answer = pipeline("check", "wine")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith("target:"))
    assert answer.code == 2
    assert f"wine/use_case.yaml:{line}: " in answer.err
    assert "taget" in answer.err


def test_an_ir_is_lowered_and_its_definition_checked(pipeline) -> None:
    Path("ir.yaml").write_text(
        "pipelineInfo: {name: empty}\nschemaVersion: 2.1.0\nroot: {dag: {tasks: {}}}\n"
    )
    answer = pipeline("check", "ir.yaml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "ir.yaml: it has no step. Add a task.\n1 problem in 1 of 1 file.\n"


def test_json_tells_kind_problems_and_warnings(pipeline) -> None:
    Path("note.txt").write_text("hello")
    Path("fine.json").write_text(json.dumps(DEFINITION))
    answer = pipeline("check", "note.txt", "fine.json", "--json")
    assert (answer.code, answer.err) == (2, "")
    assert json.loads(answer.out) == {
        "files": [
            {
                "path": "note.txt",
                "kind": "unknown",
                "problems": [
                    {
                        "what": "this is no use case, no file of environments, no IR and no "
                        "SageMaker definition.",
                        "where": "note.txt",
                        "remedy": "A use case has `target` and `task`, a file of environments "
                        "`environments`, an IR `pipelineInfo`, a definition `Steps`.",
                    }
                ],
                "warnings": [],
            },
            {
                "path": "fine.json",
                "kind": "SageMaker definition",
                "problems": [],
                "warnings": [],
            },
        ]
    }
