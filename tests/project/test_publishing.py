"""Where a wheel and an image go, by branch and tag."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from code_artifact import CodeArtifact
from machine import machine_environment

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that holds the scripts and a version, on the branch main."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text('[project]\nname = "penstock"\nversion = "0.2.0"\n')
    for command in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def run(project: Path) -> Run:
    def run_here(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        plain = machine_environment() | {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command,
            cwd=project,
            env=plain | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_here


@pytest.mark.parametrize(
    ("variables", "channel"),
    [
        ({}, "dev"),
        ({"GITHUB_REF": "refs/heads/main"}, "dev"),
        ({"GITHUB_REF": "refs/tags/v0.2.0"}, "stable"),
        ({"GITHUB_REF": "refs/pull/7/merge"}, "none"),
        ({"CODEBUILD_WEBHOOK_TRIGGER": "branch/main"}, "dev"),
        ({"CODEBUILD_WEBHOOK_TRIGGER": "branch/main-2"}, "none"),
        ({"CODEBUILD_WEBHOOK_TRIGGER": "tag/v0.2.0"}, "stable"),
        ({"CODEBUILD_WEBHOOK_TRIGGER": "tag/nightly"}, "none"),
        ({"CODEBUILD_WEBHOOK_TRIGGER": "pr/7"}, "none"),
    ],
)
def test_a_tag_is_stable_the_branch_main_is_dev_and_all_else_stays_here(
    run: Run, variables: dict[str, str], channel: str
) -> None:
    assert run(".ci/channel", **variables).stdout == f"{channel}\n"


def test_a_tag_that_is_not_the_version_is_refused(run: Run) -> None:
    done = run(".ci/channel", GITHUB_REF="refs/tags/v0.3.0")
    assert (done.returncode, done.stderr) == (
        1,
        "channel: the tag v0.3.0 is not v0.2.0, the version of pyproject.toml. "
        "Tag the commit that sets it.\n",
    )


def test_a_checked_out_tag_is_known_without_the_services_variables(run: Run) -> None:
    run("git", "tag", "v0.2.0")
    run("git", "checkout", "--quiet", "--detach", "v0.2.0")
    assert run(".ci/channel").stdout == "stable\n"


def test_a_history_that_is_cut_gives_no_number(run: Run, project: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    run("git", "commit", "-q", "--allow-empty", "-m", "y", **IDENTITY)
    run("git", "clone", "--quiet", "--depth", "1", f"file://{project}", shallow)
    shutil.copytree(project / ".ci", shallow / ".ci")
    shutil.copy(project / "pyproject.toml", shallow)
    done = run(shallow / ".ci" / "build-wheel")
    assert (done.returncode, done.stderr) == (
        1,
        "build-wheel: the history is cut, so the version cannot be told. "
        "Fetch all of it: git fetch --unshallow.\n",
    )


IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


@pytest.fixture
def registry() -> Iterator[CodeArtifact]:
    store = CodeArtifact()
    with store.listening():
        yield store


@pytest.fixture
def publish(run: Run, project: Path, registry: CodeArtifact) -> Run:
    """Publish a small wheel of a version; the uv that uploads is this machine's."""
    if (ROOT / ".uv").exists():
        (project / ".uv").symlink_to(ROOT / ".uv")
    else:
        subprocess.run(["make", "-f", ROOT / "Makefile", ".uv/bin/uv"], cwd=project, check=True)

    def publish_wheel(version: str, content: str = "", **variables: str) -> object:
        wheel = project / "dist" / f"penstock-{version}-py3-none-any.whl"
        wheel.parent.mkdir(exist_ok=True)
        about = f"penstock-{version}.dist-info"
        members = {
            "penstock/__init__.py": content,
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: penstock\nVersion: {version}\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
            f"{about}/RECORD": "",
        }
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in members.items():
                # Without a time of its own, so that the same content has the same bytes.
                archive.writestr(zipfile.ZipInfo(name), text)
        named = {
            "AWS_ENDPOINT_URL": registry.address,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "CODEARTIFACT_DOMAIN": "company",
            "CODEARTIFACT_STABLE": "stable",
            "CODEARTIFACT_DEV": "dev",
        }
        return run(sys.executable, ".ci/publish_wheel.py", **{**named, **variables})

    return publish_wheel


def digest_of(project: Path, version: str) -> str:
    wheel = project / "dist" / f"penstock-{version}-py3-none-any.whl"
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("ref", "version", "repository"),
    [("refs/tags/v0.2.0", "0.2.0", "stable"), ("refs/heads/main", "0.2.0.dev7", "dev")],
)
def test_a_wheel_goes_to_the_repository_of_its_channel(
    publish: Run, registry: CodeArtifact, project: Path, ref: str, version: str, repository: str
) -> None:
    done = publish(version, GITHUB_REF=ref)
    name = f"penstock-{version}-py3-none-any.whl"
    assert (done.stderr, done.stdout) == ("", f"{name} is in company/{repository}.\n")
    assert registry.kept == {(repository, version): {name: digest_of(project, version)}}


def test_a_wheel_that_is_there_is_left_alone_and_one_with_other_bytes_is_an_error(
    publish: Run, project: Path
) -> None:
    publish("0.2.0.dev7")
    first = digest_of(project, "0.2.0.dev7")
    assert publish("0.2.0.dev7").stdout == (
        "penstock-0.2.0.dev7-py3-none-any.whl is in company/dev already, with the same bytes.\n"
    )
    done = publish("0.2.0.dev7", "changed = True")
    second = digest_of(project, "0.2.0.dev7")
    assert (done.returncode, done.stderr) == (
        1,
        f"company/dev: penstock-0.2.0.dev7-py3-none-any.whl is there with other bytes: {first} "
        f"instead of {second}. Publish another version: what is published never changes.\n",
    )


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CODEARTIFACT_DOMAIN": ""}, "CODEARTIFACT_DOMAIN is empty"),
        ({"GITHUB_REF": "refs/pull/7/merge"}, "this is no tag, nor main"),
    ],
)
def test_what_is_not_published_says_why(
    publish: Run, registry: CodeArtifact, variables: dict[str, str], reason: str
) -> None:
    done = publish("0.2.0.dev7", **variables)
    said = f"penstock-0.2.0.dev7-py3-none-any.whl is not published: {reason}.\n"
    assert (done.returncode, done.stdout) == (0, said)
    assert registry.kept == {}


def test_a_channel_without_a_repository_is_told(publish: Run) -> None:
    done = publish("0.2.0.dev7", CODEARTIFACT_DEV="")
    assert (done.returncode, done.stderr) == (
        2,
        "CODEARTIFACT_DEV is empty. Name the repository.\n",
    )


FAKE = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
    *get-login-password*) echo secret ;;
    *login*) cat > "$CALLS.password" ;;
    *inspect*) echo other/name@sha256:bb; echo "$REPOSITORY@sha256:aa" ;;
esac
"""
REPOSITORY = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/penstock"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """What `aws` and `docker` were called with; the folder of the two stands first on the path."""
    for name in ("aws", "docker"):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(FAKE)
        file.chmod(0o755)
    return tmp_path / "calls"


def pushed(run: Run, calls: Path, repository: str) -> subprocess.CompletedProcess[str]:
    path = f"{calls.parent / 'bin'}:{os.environ['PATH']}"
    named = {"IMAGE_REPOSITORY": repository, "REPOSITORY": repository, "CALLS": str(calls)}
    return run(".ci/push-image", "penstock:local", PATH=path, **named)


def test_an_image_is_pushed_under_its_commit_and_its_digest_is_kept(
    run: Run, calls: Path, project: Path
) -> None:
    done = pushed(run, calls, REPOSITORY)
    assert (done.returncode, done.stderr) == (0, "")
    commit = run("git", "rev-parse", "HEAD").stdout.strip()
    assert (project / "build" / "image.txt").read_text() == f"{REPOSITORY}@sha256:aa\n"
    assert (calls.parent / "calls.password").read_text() == "secret\n"
    assert sorted(calls.read_text().splitlines()[:2]) == [
        "aws ecr get-login-password --region eu-west-1",
        f"docker login --username AWS --password-stdin {REPOSITORY.partition('/')[0]}",
    ]
    assert calls.read_text().splitlines()[2:4] == [
        f"docker tag penstock:local {REPOSITORY}:{commit}",
        f"docker push --quiet {REPOSITORY}:{commit}",
    ]


def test_without_a_repository_the_image_stays(run: Run, calls: Path, project: Path) -> None:
    done = pushed(run, calls, "")
    said = "push-image: IMAGE_REPOSITORY is empty, so penstock:local stays here.\n"
    assert (done.returncode, done.stdout) == (0, said)
    assert not calls.exists()
    assert (project / "build" / "image.txt").read_text() == ""


def test_a_repository_that_is_none_of_ecr_is_refused(run: Run, calls: Path) -> None:
    done = pushed(run, calls, "docker.io/penstock")
    assert (done.returncode, done.stderr) == (
        1,
        "push-image: IMAGE_REPOSITORY is docker.io/penstock. "
        "Use ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME.\n",
    )
