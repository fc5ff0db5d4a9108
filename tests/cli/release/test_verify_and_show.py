"""`pipeline release verify` and `show`, of files and of what environments keep."""

import json
from pathlib import Path
from typing import Any

import pytest

from penstock.release import open_release
from penstock.release.building import sha256

IMAGE = "registry.example/penstock@sha256:" + "a" * 64
MEND = "Fetch the release again, or build it again."


@pytest.fixture
def archive(built_release: bytes, project: Path) -> bytes:
    """The release of the project, at r.tar in the working directory."""
    Path("r.tar").write_bytes(built_release)
    return built_release


@pytest.fixture
def environments(s3_bucket: str, project: Path) -> str:
    """Where the environment `dev` keeps releases; `prod-eu` keeps none."""
    settings = """
    account: "111111111111"
    region: us-east-1
    role: arn:aws:iam::111111111111:role/penstock
    artifacts: s3://penstock-artifacts
    image: IMAGE
    records: penstock-deployments""".replace("IMAGE", IMAGE)
    (project / "environments.yaml").write_text(
        f"environments:\n  dev:{settings}\n    releases: {s3_bucket}/releases\n"
        f"  pre-prod:{settings.replace('deployments', 'others')}\n"
    )
    return f"{s3_bucket}/releases"


def test_a_sound_release_holds(archive: bytes, pipeline: Any) -> None:
    answer = pipeline("release", "verify", "r.tar")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"{sha256(archive)} holds: 11 files, each as the manifest says.\n"
    assert json.loads(pipeline("release", "verify", "r.tar", "--json").out) == {
        "digest": sha256(archive),
        "holds": True,
        "problems": [],
    }


def test_verifying_a_file_asks_no_network(
    archive: bytes, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", refused)
    assert pipeline("release", "verify", "r.tar").code == 0


def test_everything_that_is_wrong_is_told(archive: bytes, pipeline: Any) -> None:
    changed = archive.replace(b"split: {by: hash}", b"split: {by: Hash}").replace(
        b'"specVersion":"1.6"', b'"specVersion":"1.7"'
    )
    Path("r.tar").write_bytes(changed)
    was = open_release(archive).files
    settings, bill = was["use_cases/wine/use_case.yaml"], was["sbom.json"]
    answer = pipeline("release", "verify", "r.tar")
    problems = [
        f"r.tar!{path}: its SHA-256 is {sha256(new)}, not {sha256(old)}. {MEND}"
        for path, old, new in (
            ("sbom.json", bill, bill.replace(b'"specVersion":"1.6"', b'"specVersion":"1.7"')),
            (
                "use_cases/wine/use_case.yaml",
                settings,
                settings.replace(b"split: {by: hash}", b"split: {by: Hash}"),
            ),
        )
    ]
    assert answer.code == 1
    assert answer.err == "".join(f"pipeline: {each}\n" for each in problems)
    assert answer.out == f"{sha256(changed)} DOES NOT HOLD: 2 problems.\n"
    document = json.loads(pipeline("release", "verify", "r.tar", "--json").out)
    assert document["holds"] is False
    assert [each["where"] for each in document["problems"]] == [
        "r.tar!sbom.json",
        "r.tar!use_cases/wine/use_case.yaml",
    ]
    shown = pipeline("release", "show", "r.tar")
    assert (shown.code, shown.out) == (2, "")
    assert shown.err == answer.err


def test_a_use_case_that_was_not_compiled_is_told(archive: bytes, pipeline: Any) -> None:
    from penstock.release.building import seal
    from penstock.release.packing import pack

    files = dict(open_release(archive).files)
    path = "use_cases/wine/use_case.yaml"
    old = files[path]
    files[path] = old.replace(b"Which of three", b"which of three")
    files["manifest.json"] = files["manifest.json"].replace(
        sha256(old).encode(), sha256(files[path]).encode()
    )
    files["manifest.sha256"] = seal(files["manifest.json"])
    Path("forged.tar").write_bytes(pack(files))
    answer = pipeline("release", "verify", "forged.tar")
    assert answer.code == 1
    assert answer.err.count(": it was compiled with wine@sha256:") == 4


@pytest.mark.parametrize("what", ["none.tar", "folder"])
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, pipeline: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    said = {
        "none.tar": "none.tar: there is no such file. Check the path.",
        "folder": "folder: this is a folder. Name the archive.",
    }
    for name in ("verify", "show"):
        answer = pipeline("release", name, what)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err == f"pipeline: {said[what]}\n"


def test_a_digest_needs_an_environment(pipeline: Any) -> None:
    answer = pipeline("release", "verify", "0" * 64)
    assert answer.code == 2
    assert answer.err == (
        f"pipeline: {'0' * 64}: a digest alone says no place. "
        "Name the environment that keeps it: --env NAME.\n"
    )


def test_an_environment_keeps_releases_by_their_digest(
    archive: bytes, environments: str, pipeline: Any
) -> None:
    digest = sha256(archive)
    stored = pipeline("release", "build", "--env", "dev", "--image", IMAGE)
    assert stored.out.splitlines()[-1] == f"stored: {environments}/{digest}.tar"
    for what in (digest, f"sha256:{digest}", f"{environments}/{digest}.tar"):
        answer = pipeline("release", "verify", what, "--env", "dev")
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == f"{digest} holds: 11 files, each as the manifest says.\n"
    assert pipeline("release", "verify", f"{environments}/{digest}.tar").code == 0


def test_what_s3_gives_is_held_against_its_name(
    archive: bytes, environments: str, pipeline: Any
) -> None:
    import boto3

    bucket, _, prefix = environments.removeprefix("s3://").partition("/")
    digest, changed = "0" * 64, archive + b"x"
    client: Any = boto3.session.Session().client("s3")
    client.put_object(Bucket=bucket, Key=f"{prefix}/{digest}.tar", Body=changed)
    place, found = f"{environments}/{digest}.tar", sha256(changed)
    follows = f"1 bytes follow the end of the archive at byte {len(archive):,}."
    for what, said in ((digest, "asked for"), (place, "in its name")):
        answer = pipeline("release", "verify", what, "--env", "dev")
        assert answer.code == 1
        assert answer.err == (
            f"pipeline: {place}: its SHA-256 is {found}, not the {digest} {said}. {MEND}\n"
            f"pipeline: {place}: {follows} {MEND}\n"
        )


def test_an_environment_that_keeps_no_releases_is_told(environments: str, pipeline: Any) -> None:
    answer = pipeline("release", "verify", "0" * 64, "--env", "pre-prod")
    assert answer.code == 2
    assert answer.err == (
        "pipeline: environments.yaml:10: pre-prod keeps no releases. "
        "Name the place: releases: s3://BUCKET/PREFIX.\n"
    )


def test_a_release_that_is_not_kept_is_told(environments: str, pipeline: Any) -> None:
    answer = pipeline("release", "show", "0" * 64, "--env", "dev")
    assert answer.code == 2
    assert answer.err == (
        f"pipeline: {environments}/{'0' * 64}.tar: there is no such release. "
        "Look at the digest, or store the release: pipeline release build --store.\n"
    )


def test_show_fits_one_screen(archive: bytes, pipeline: Any) -> None:
    release = open_release(archive)
    assert pipeline("release", "show", "r.tar").out.splitlines() == [
        f"release    {sha256(archive)}",
        "project    penstock 0.1.0",
        f"commit     {release.commit}, 2026-11-21 13:00 UTC",
        f"builder    penstock {release.provenance.builder.version}",
        f"lock       uv.lock {release.provenance.lock.sha256}",
        f"image      {IMAGE}",
        "use cases  wine",
        "pipeline   wine-inference",
        "pipeline   wine-training",
        f"files      11, {len(archive):,} bytes",
    ]


def test_show_gives_machines_manifest_and_provenance(archive: bytes, pipeline: Any) -> None:
    document = json.loads(pipeline("release", "show", "r.tar", "--json").out)
    files = open_release(archive).files
    assert document == {
        "digest": sha256(archive),
        "bytes": len(archive),
        "provenance": json.loads(files["provenance.json"]),
        **json.loads(files["manifest.json"]),
    }
