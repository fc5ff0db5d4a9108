"""An archive whose digests all hold is still refused where its files do not fit together."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from penstock.release import Contents, verify_release
from penstock.use_case import load_use_case

FILE = "release.tar"
MEND = "Fetch the release again, or build it again."
SAGEMAKER = "definitions/sagemaker/wine-training.json"
KUBEFLOW = "definitions/kubeflow/wine-training.yaml"
SETTINGS = "use_cases/wine/use_case.yaml"


def told(archive: bytes) -> list[str]:
    result = verify_release(archive, FILE)
    assert (result.release is None) == bool(result.problems)
    return list(map(str, result.problems))


@pytest.fixture(scope="session")
def folder(contents: Contents) -> str:
    """The folder of the one pipeline's code assets."""
    (folder,) = {key.partition("/")[0] for key in contents.pipelines[0].assets}
    return folder


def test_a_forged_archive_without_a_change_holds(forge: Any) -> None:
    assert told(forge()) == []


@pytest.mark.parametrize("path", [SAGEMAKER, KUBEFLOW, SETTINGS, "sbom.json", "provenance.json"])
def test_what_every_release_has_cannot_be_missing(forge: Any, path: str) -> None:
    said = f"{FILE}!{path}: a release has it, but manifest.json does not list it. {MEND}"
    assert said in told(forge({path: None}))


def test_a_file_that_no_release_has_is_told(forge: Any) -> None:
    assert told(forge({"run.sh": b"", "definitions/sagemaker/other.json": b"{}"})) == [
        f"{FILE}!definitions/sagemaker/other.json: it is the definition of no pipeline that "
        f"manifest.json names. {MEND}",
        f"{FILE}!run.sh: a release has no such file. {MEND}",
    ]


def test_code_that_belongs_to_no_pipeline_is_told(forge: Any) -> None:
    said = f"{FILE}!code/x/run.py: no pipeline has this code asset. {MEND}"
    assert told(forge({"code/x/run.py": b""})) == [said]


def test_code_that_changed_with_its_digests_is_told_by_its_folder(forge: Any, folder: str) -> None:
    (said,) = told(forge({f"code/{folder}/run.py": b"import os"}))
    assert said.startswith(
        f"{FILE}!code/{folder}: the folder is named by its content, and that has the digest "
    )


def test_a_pipeline_has_exactly_the_code_that_it_reads(forge: Any, folder: str) -> None:
    def without(manifest: Any) -> None:
        manifest["pipelines"][0]["assets"] = []

    said = f"it needs the code {folder}, which manifest.json does not give it."
    assert f"{FILE}!{SAGEMAKER}: {said} {MEND}" in told(forge(manifest=without))


def test_code_that_a_pipeline_does_not_read_is_told(
    forge: Any, contents: Contents, folder: str
) -> None:
    definition = contents.pipelines[0].sagemaker.replace(folder, "0" * 32).encode()
    assert f"{FILE}!{SAGEMAKER}: it needs no code {folder}. {MEND}" in told(
        forge({SAGEMAKER: definition})
    )


def test_another_use_case_than_the_definitions_name_is_told(forge: Any, contents: Contents) -> None:
    settings = contents.use_cases[SETTINGS] + b"\n# other\n"
    pinned = load_use_case("wine").reference
    problems = told(forge({SETTINGS: settings}))
    assert [each.partition(", but the release holds wine@sha256:")[0] for each in problems] == [
        f"{FILE}!{KUBEFLOW}: it was compiled with {pinned}"
    ]


def test_a_use_case_that_is_wrong_is_told_with_its_line(forge: Any) -> None:
    problems = told(forge({SETTINGS: b"name: wine\nnonsense: 1\n"}))
    assert any(each.startswith(f"{FILE}!{SETTINGS}:2: ") for each in problems), problems


@pytest.mark.parametrize("name", ["/etc/hostname", "../../../../../../etc/hostname", "names.txt"])
def test_nothing_outside_the_release_is_read(forge: Any, contents: Contents, name: str) -> None:
    lines = contents.use_cases[SETTINGS].decode() + f"segment: grower\nsegments: {{file: {name}}}\n"
    said = f"{FILE}!{SETTINGS}: the file of its segments, {name}, is not in the release. {MEND}"
    assert said in told(forge({SETTINGS: lines.encode()}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "it is not UTF-8 at byte 0."),
        (b"{", "line 1, column 2: is not JSON: Expecting property name enclosed in double quotes."),
        (b"[" * 100_000, "is not JSON: "),
        (b"{}", ""),
    ],
)
def test_a_definition_that_sagemaker_would_refuse_is_told(
    forge: Any, content: bytes, said: str
) -> None:
    problems = told(forge({SAGEMAKER: content}))
    assert problems
    assert all(each.startswith(f"{FILE}!{SAGEMAKER}: {said}") for each in problems), problems


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "it is not UTF-8 at byte 0."),
        (b"[" * 100_000, "it is nested deeper than 100 levels."),
        (b"a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n", "what an alias repeats holds an alias."),
        (b"a: &a 1\nb: [" + b"*a, " * 33 + b"]\n", "it has more than 32 aliases."),
    ],
)
def test_yaml_that_would_do_harm_is_not_read(forge: Any, content: bytes, said: str) -> None:
    assert f"{FILE}!{KUBEFLOW}: {said} {MEND}" in told(forge({KUBEFLOW: content}))
    assert f"{FILE}!{SETTINGS}: {said} {MEND}" in told(forge({SETTINGS: content}))


def test_yaml_that_is_no_definition_is_told(forge: Any) -> None:
    (said,) = told(forge({KUBEFLOW: b"a: 1\n"}))
    assert said.startswith(f"{FILE}!{KUBEFLOW}: ")


def test_a_definition_under_another_name_is_told(forge: Any, contents: Contents) -> None:
    text = contents.pipelines[0].kubeflow.replace("name: wine-training", "name: wine-inference")
    said = f"{FILE}!{KUBEFLOW}: it is the definition of wine-inference. {MEND}"
    assert told(forge({KUBEFLOW: text.encode()})) == [said]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "it is no bill of materials, CycloneDX 1.6."),
        (b"[]", "it is no bill of materials, CycloneDX 1.6."),
        (b'{"bomFormat":"CycloneDX","specVersion":"1.6"}', "it lists no components."),
        (
            b'{ "a": 1}',
            "the document is not in canonical form (RFC 8785), so it was altered.",
        ),
    ],
)
def test_a_bill_of_materials_is_one(forge: Any, content: bytes, said: str) -> None:
    assert told(forge({"sbom.json": content})) == [f"{FILE}!sbom.json: {said} {MEND}"]


def edited(key: str, value: Any) -> Callable[[Any], None]:
    def edit(document: Any) -> None:
        document[key] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (edited("format", "x"), "format: input should be 'penstock.release/1'."),
        (edited("more", 1), "more: extra inputs are not permitted."),
        (edited("images", [1]), "images[0]: input should be a valid string."),
        (edited("pipelines", []), "the release has no pipeline."),
        (edited("files", [{}]), "files[0].path: field required."),
    ],
)
def test_a_manifest_is_one(forge: Any, edit: Callable[[Any], None], said: str) -> None:
    place = f"{FILE}!manifest.json: "
    assert f"{place}{said} {MEND}" in told(forge(manifest=edit))


def test_a_file_is_listed_once_and_in_order(forge: Any) -> None:
    def twice(manifest: Any) -> None:
        manifest["files"].insert(0, manifest["files"][-1])
        manifest["pipelines"] *= 2

    assert told(forge(manifest=twice))[:2] == [
        f"{FILE}!manifest.json: its files are not sorted, or are listed twice. {MEND}",
        f"{FILE}!manifest.json: its pipelines are not sorted, or are listed twice. {MEND}",
    ]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("commit", "main", "commit: string should match pattern '"),
        ("commit_time", "2026-13-01T00:00:00Z", "commit_time: value error, time data "),
        ("commit_time", "2026-11-21T14:00:00+01:00", "commit_time: string should match pattern '"),
        ("dirty", 0, "dirty: input should be a valid boolean. "),
    ],
)
def test_a_provenance_is_one(
    forge: Any, contents: Contents, key: str, value: Any, said: str
) -> None:
    from penstock.evidence.canonical import canonical_json

    document = json.loads(contents.provenance.to_bytes())
    (problem,) = told(forge({"provenance.json": canonical_json({**document, key: value})}))
    assert problem.startswith(f"{FILE}!provenance.json: {said}")


def test_everything_that_is_wrong_is_told_at_once(forge: Any) -> None:
    problems = told(
        forge({"sbom.json": b"{}", "provenance.json": b"{", SAGEMAKER: b"{", KUBEFLOW: b"{"})
    )
    for path in ("sbom.json", "provenance.json", SAGEMAKER, KUBEFLOW):
        assert any(each.startswith(f"{FILE}!{path}:") for each in problems), problems
