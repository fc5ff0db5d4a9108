"""`pipeline release`: one archive that is built once and promoted as it is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from penstock.cli.session import Session, common_options


@click.group(
    "release",
    short_help="Build and verify releases.",
    epilog="Example: pipeline release build --use-case fraud",
)
def command() -> None:
    """Build and verify releases."""


@command.command("build", epilog="Example: pipeline release build --output releases")
@click.option("--use-case", "use_cases", multiple=True, help="Only this use case; repeatable.")
@click.option("--image", "images", multiple=True, help="Image by digest: NAME@sha256:HEX.")
@click.option("--builder", default="local", show_default=True, help="Who builds.")
@click.option("--allow-dirty", is_flag=True, help="Build although the working tree has changes.")
@click.option("--output", default=".", show_default=True, help="Folder to write into.")
@common_options
@click.pass_obj
def build(
    session: Session,
    *,
    use_cases: tuple[str, ...],
    images: tuple[str, ...],
    builder: str,
    allow_dirty: bool,
    output: str,
) -> None:
    """Build the release of this commit; the same commit gives the same bytes."""
    import os
    import re

    from penstock.cli.installation import installed_version
    from penstock.cli.release_contents import gather
    from penstock.errors import Problem, RequestError
    from penstock.evidence.canonical import digest_of
    from penstock.release.release import build_release, file_name

    for image in images:
        if not re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", image):
            raise RequestError(
                Problem("an image is named by its digest.", image, "Give NAME@sha256:HEX.")
            )
    folder = Path(output)
    if not folder.is_dir():
        raise RequestError(Problem("the folder does not exist.", output, "Make it."))
    files = gather(use_cases, builder, allow_dirty)
    archive = build_release(files, list(images), installed_version("penstock"))
    path = folder / file_name(archive)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(archive)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    document = {"release": str(path), "digest": digest_of(archive), "files": len(files)}
    click.echo(json.dumps(document) if session.json else str(path))


@command.command("verify", epilog="Example: pipeline release verify release-HEX.tar")
@click.argument("file")
@common_options
@click.pass_obj
def verify(session: Session, *, file: str) -> None:
    """Check every byte of a release, its definitions and use cases; asks no network."""
    from penstock.cli.release_contents import check_contents
    from penstock.release.release import read_release

    release = read_release(Path(file))
    check_contents(release, file)
    document = {"digest": release.digest, "files": len(release.files), "holds": True}
    click.echo(
        json.dumps(document)
        if session.json
        else f"{release.digest}: {len(release.files)} files, all as the manifest says."
    )


@command.command("show", epilog="Example: pipeline release show release-HEX.tar")
@click.argument("file")
@common_options
@click.pass_obj
def show(session: Session, *, file: str) -> None:
    """List what a release holds, once its bytes hold."""
    from penstock.release.release import read_release

    release = read_release(Path(file))
    provenance = json.loads(release.files["provenance.json"])
    if session.json:
        document = {"digest": release.digest, "provenance": provenance, **release.manifest}
        click.echo(json.dumps(document, indent=2))
        return
    state = "dirty" if provenance["dirty"] else "clean"
    click.echo(f"{release.digest}\ncommit {provenance['commit']} ({state})")
    for image in release.manifest["images"]:
        click.echo(f"image {image}")
    for path, content in sorted(release.files.items()):
        click.echo(f"{len(content):>10} {path}")
