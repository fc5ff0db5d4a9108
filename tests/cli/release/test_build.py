"""`pipeline release build`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from penstock.data.aws.transfers.movement import InterruptedTransferError
from penstock.release import open_release
from penstock.release.store import ReleaseStore

IMAGE = "registry.example/penstock@sha256:" + "a" * 64


def commit_all(project: Path) -> str:
    import subprocess

    who = ["-c", "user.name=ben", "-c", "user.email=ben@example.com"]
    for arguments in (["add", "--all"], [*who, "commit", "--quiet", "--message", "more"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=project, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def built(out: str) -> str:
    (digest,) = re.findall(r"^built ([0-9a-f]{64}): ", out, re.MULTILINE)
    return str(digest)


def test_a_release_is_built_and_each_step_is_told(
    project: Path, commit: str, pipeline: Any
) -> None:
    answer = pipeline("release", "build")
    assert (answer.code, answer.err) == (0, "")
    digest = built(answer.out)
    path = Path("dist") / f"{digest}.penstock.tar"
    assert answer.out.splitlines() == [
        f"commit {commit[:12]} of 2026-11-21T13:00:00Z, clean",
        "compiled wine-inference",
        "compiled wine-training",
        f"built {digest}: 11 files, {path.stat().st_size:,} bytes",
        f"wrote {path}",
    ]
    release = open_release(path)
    assert release.pipelines == ("wine-inference", "wine-training")
    assert (release.commit, release.dirty) == (commit, False)
    assert sorted(each for each in release.files if each.startswith("use_cases/")) == [
        "use_cases/wine/__init__.py",
        "use_cases/wine/generator.py",
        "use_cases/wine/use_case.yaml",
    ]
    assert list(Path("dist").iterdir()) == [path]


def test_a_definition_is_what_compile_writes(project: Path, pipeline: Any) -> None:
    assert pipeline("release", "build", "--output", "r.tar").code == 0
    release = open_release("r.tar")
    for name in ("training", "inference"):
        compiled = ("compile", name, "--use-case", "wine", "--target")
        assert release.definition(f"wine-{name}") == pipeline(*compiled, "sagemaker").out
        assert release.kubeflow(f"wine-{name}") == pipeline(*compiled, "kubeflow").out


def test_json_says_the_same_without_progress(project: Path, commit: str, pipeline: Any) -> None:
    answer = pipeline("release", "build", "--output", "r.tar", "--image", IMAGE, "--json")
    release = open_release("r.tar")
    assert json.loads(answer.out) == {
        "digest": release.digest,
        "commit": commit,
        "dirty": False,
        "pipelines": ["wine-inference", "wine-training"],
        "images": [IMAGE],
        "files": 11,
        "bytes": Path("r.tar").stat().st_size,
        "output": "r.tar",
        "stored": None,
        "was_there": None,
    }
    assert release.images == (IMAGE,)


@pytest.mark.usefixtures("compiled_quickly")
def test_a_tree_that_differs_from_its_commit_is_refused(
    project: Path, commit: str, pipeline: Any
) -> None:
    (project / "use_cases" / "wine" / "use_case.yaml").write_text("name: wine\n")
    (project / "use_cases" / "wine" / "new file.txt").write_text("")
    (project / "uv.lock").unlink()
    answer = pipeline("release", "build")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"pipeline: {project}: the working tree differs from commit {commit[:12]}: "
        "use_cases/wine/new file.txt, use_cases/wine/use_case.yaml, uv.lock. "
        "Commit it, or give --dirty: then the release says so.\n"
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_many_changes_are_counted(project: Path, commit: str, pipeline: Any) -> None:
    for number in range(12):
        (project / f"new-{number:02}").write_text("")
    answer = pipeline("release", "build")
    named = ", ".join(f"new-{number:02}" for number in range(10))
    assert f"commit {commit[:12]}: {named} and 2 more. Commit it, or" in answer.err


def test_a_dirty_release_says_so(project: Path, commit: str, pipeline: Any) -> None:
    (project / "new").write_text("")
    answer = pipeline("release", "build", "--dirty", "--output", "r.tar")
    first = f"commit {commit[:12]} of 2026-11-21T13:00:00Z, dirty: 1 changed"
    assert answer.out.splitlines()[0] == first
    release = open_release("r.tar")
    assert release.dirty is True
    assert release.provenance.changed == ["new"]
    assert release.commit == commit
    assert pipeline("release", "show", "r.tar").out.splitlines()[2:4] == [
        f"commit     {commit}, 2026-11-21 13:00 UTC, dirty",
        "changed    new",
    ]


@pytest.mark.usefixtures("compiled_quickly")
@pytest.mark.parametrize("hiding", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_was_told_not_to_look_at_counts_as_changed(
    project: Path, pipeline: Any, hiding: str
) -> None:
    import subprocess

    subprocess.run(["git", "update-index", hiding, "uv.lock"], check=True)
    assert "differs from commit" in pipeline("release", "build").err
    assert ": uv.lock. Commit it" in pipeline("release", "build").err


@pytest.mark.usefixtures("compiled_quickly")
def test_settings_of_git_hide_no_untracked_file(project: Path, pipeline: Any) -> None:
    import subprocess

    subprocess.run(["git", "config", "status.showUntrackedFiles", "no"], check=True)
    (project / "new").write_text("")
    assert ": new. Commit it" in pipeline("release", "build").err


@pytest.mark.usefixtures("compiled_quickly")
def test_a_hook_of_another_repository_does_not_lend_its_commit(
    project: Path, tmp_path: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "new").write_text("")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nothing"))
    assert ": new. Commit it" in pipeline("release", "build").err


def test_a_folder_without_git_is_told(
    tmp_path: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.cli.project_pipelines.project_folder", lambda: tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    answer = pipeline("release", "build")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"pipeline: {tmp_path}: git cannot tell the commit: not a git repository (or any of the "
        "parent directories): .git. Build in a checkout of the project.\n"
    )


def test_a_project_that_git_does_not_know_is_told(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = project / "dist" / "site-packages"
    inner.mkdir(parents=True)
    monkeypatch.setattr("penstock.cli.project_pipelines.project_folder", lambda: inner)
    assert pipeline("release", "build").err == (
        f"pipeline: {inner}: the project is not in the git repository around it. "
        "Build in a checkout of the project, with its own installation.\n"
    )


def test_a_machine_without_git_is_told(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert pipeline("release", "build").err == (
        f"pipeline: {project}: git is not installed. A release names a commit: install git.\n"
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_a_tree_that_changes_while_it_is_built_is_refused(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.cli.release import collecting

    def slow(*_: object) -> list[Any]:
        (project / "new").write_text("")
        return []

    monkeypatch.setattr(collecting, "_compiled", slow)
    answer = pipeline("release", "build")
    assert answer.code == 2
    assert answer.err == (
        f"pipeline: {project}: the working tree changed while the release was built. Build again.\n"
    )
    assert not Path("dist").exists()


@pytest.mark.usefixtures("compiled_quickly")
def test_images_are_named_by_their_digest(project: Path, pipeline: Any) -> None:
    answer = pipeline("release", "build", "--image", "a:latest", "--image", IMAGE, "--image", "b")
    mend = "Give NAME@sha256:HEX; a tag may name another image tomorrow."
    assert answer.code == 2
    assert answer.err == "".join(
        f"pipeline: {each}: an image is named by its digest. {mend}\n" for each in ("a:latest", "b")
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_a_project_without_a_lock_file_is_told(project: Path, pipeline: Any) -> None:
    (project / "uv.lock").unlink()
    commit_all(project)
    assert pipeline("release", "build").err == (
        f"pipeline: {project}/uv.lock: there is no lock file. Lock the packages: uv lock.\n"
    )


@pytest.mark.usefixtures("compiled_quickly")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("package = 1", "this is no lock file of uv: 'int' object is not iterable."),
        ("[[package]]\nname = 'x'", "it names no project."),
        (
            "[[package]]\nname = 'x'\nversion = '1'\nsource = {virtual = '.'}",
            "it does not pin penstock.",
        ),
    ],
)
def test_a_lock_file_that_does_not_serve_is_told(
    project: Path, pipeline: Any, text: str, said: str
) -> None:
    (project / "uv.lock").write_text(text)
    commit_all(project)
    where = f"{project}/uv.lock"
    assert pipeline("release", "build").err == (
        f"pipeline: {where}: {said} Lock the packages: uv lock.\n"
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_another_compiler_than_the_locked_one_is_refused(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tomllib

    from penstock.cli import installation

    locked = {
        each["name"]: each["version"]
        for each in tomllib.loads(Path("uv.lock").read_text())["package"]
    }
    others = {"kfp": "0.1", "pyyaml": "0.2"}
    monkeypatch.setattr(
        installation, "installed_version", lambda name: others.get(name) or locked[name]
    )
    answer = pipeline("release", "build")
    assert answer.code == 2
    assert answer.err == "".join(
        f"pipeline: {project}/uv.lock: it pins {name} {locked[name]}, but here is {here}: "
        "the bytes could differ. Install what is locked: uv sync --frozen.\n"
        for name, here in others.items()
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_links_are_refused(project: Path, pipeline: Any) -> None:
    for name in ("one", "two"):
        (project / "use_cases" / "wine" / name).symlink_to("/etc/passwd")
    commit_all(project)
    answer = pipeline("release", "build")
    assert answer.code == 2
    assert answer.err == "".join(
        f"pipeline: {project}/use_cases/wine/{name}: a release holds no links. "
        "Put the files themselves there.\n"
        for name in ("one", "two")
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_names_that_other_systems_confuse_are_refused(project: Path, pipeline: Any) -> None:
    for name in ("a b.txt", "größe.txt"):
        (project / "use_cases" / "wine" / name).write_text("")
    commit_all(project)
    answer = pipeline("release", "build")
    assert answer.code == 2
    assert answer.err == "".join(
        f"pipeline: use_cases/wine/{name}: a release has no place for such a name. "
        "Use letters, digits and ._+@=,- in the names of files.\n"
        for name in ("a b.txt", r"gr\xf6\xdfe.txt")
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_a_project_without_use_cases_is_told(project: Path, pipeline: Any) -> None:
    (project / "use_cases" / "wine" / "use_case.yaml").unlink()
    commit_all(project)
    assert pipeline("release", "build").err == (
        f"pipeline: {project}/use_cases: the project has no use case. Write a use_case.yaml.\n"
    )


def test_every_pipeline_that_does_not_compile_is_told(
    project: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from penstock.cli import compilation
    from penstock.errors import Problem, RequestError

    def broken(name: str, use_case: str) -> str:
        raise RequestError([Problem(f"{name} is wrong.", "", "Mend it."), Problem("both.", "f:1")])

    monkeypatch.setattr(compilation, "compile_ir", broken)
    answer = pipeline("release", "build")
    assert answer.code == 2
    assert answer.err == (
        "pipeline: wine, inference: inference is wrong. Mend it.\n"
        "pipeline: f:1: both.\n"
        "pipeline: wine, training: training is wrong. Mend it.\n"
    )


def test_templates_are_part_of_it(project: Path, tmp_path: Path, pipeline: Any) -> None:
    folder = tmp_path / "cdk.out"
    (folder / "dev").mkdir(parents=True)
    (folder / "dev" / "stack.template.json").write_text("{}")
    arguments = ("release", "build", "--output", "r.tar", "--templates", str(folder))
    assert pipeline(*arguments).code == 0
    assert open_release("r.tar").files["templates/dev/stack.template.json"] == b"{}"
    (folder / "dev" / "link").symlink_to("/etc/passwd")
    assert pipeline(*arguments).err.startswith(
        f"pipeline: {folder}/dev/link: a release holds no links. Put the files themselves there.\n"
    )


@pytest.mark.usefixtures("compiled_quickly")
def test_a_folder_of_templates_that_is_not_there_is_told(project: Path, pipeline: Any) -> None:
    assert pipeline("release", "build", "--templates", "cdk.out").err == (
        "pipeline: cdk.out: the folder of templates does not exist. Check --templates.\n"
    )


def test_a_place_that_cannot_be_written_is_told_before_anything_is_compiled(
    project: Path, pipeline: Any
) -> None:
    (project / "dist").write_text("")
    answer = pipeline("release", "build", "--output", "dist/below")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "pipeline: dist: this is no folder. Name another place.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--store", "s3://b", "--env", "dev"), "give --store or --env, not both."),
        (("--environments", "e.yaml"), "--environments needs --env."),
    ],
)
def test_options_that_contradict_are_told(
    pipeline: Any, arguments: tuple[str, ...], said: str
) -> None:
    answer = pipeline("release", "build", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"pipeline: {said} See: pipeline release build --help\n"


def test_a_store_that_is_no_address_is_told(pipeline: Any) -> None:
    assert pipeline("release", "build", "--store", "releases").err == (
        "pipeline: releases: this is no address on S3. Write s3://BUCKET/PREFIX.\n"
    )


def test_a_release_is_stored_once(project: Path, s3_bucket: str, pipeline: Any) -> None:
    first = pipeline("release", "build", "--store", f"{s3_bucket}/releases")
    digest = built(first.out)
    place = f"{s3_bucket}/releases/{digest}.tar"
    assert first.out.splitlines()[-1] == f"stored: {place}"
    assert not Path("dist").exists()
    again = ("release", "build", "--store", f"{s3_bucket}/releases")
    assert pipeline(*again).out.splitlines()[-1] == f"is there already: {place}"
    document = json.loads(pipeline(*again, "--json").out)
    assert (document["output"], document["stored"]) == (None, place)
    assert document["was_there"] is True


def test_the_project_is_named_where_the_command_runs_elsewhere(
    project: Path, commit: str, tmp_path: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = f"commit {commit[:12]} of 2026-11-21T13:00:00Z, clean, in {project}"
    assert pipeline("release", "build").out.splitlines()[0] == said
    assert len(list((tmp_path / "dist").iterdir())) == 1


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (KeyboardInterrupt(), "whether the release was stored is not known"),
        (
            InterruptedTransferError(
                "3 of 7 parts (48.0 of 100.0 MiB) of the release are at s3://releases/0c.tar",
                ". The same command sends the others alone.",
            ),
            "3 of 7 parts (48.0 of 100.0 MiB) of the release are at s3://releases/0c.tar",
        ),
    ],
)
def test_an_interrupted_upload_says_what_was_done(
    error: BaseException,
    known: str,
    project: Path,
    pipeline: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr(ReleaseStore, "put", interrupted)
    answer = pipeline("release", "build", "--store", "s3://releases", "--output", "r.tar")
    assert answer.code == 1
    assert answer.err == (
        f"pipeline: interrupted; r.tar is written; {known}. Build it again: it is stored once.\n"
    )
