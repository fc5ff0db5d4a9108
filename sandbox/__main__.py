"""`python -m sandbox`: serve the sandbox until it is interrupted."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from penstock.environments import load_environments
from penstock.errors import PenstockError
from sandbox.server import Sandbox, running

_FOLDER = Path(".penstock/sandbox")


@click.command(
    "sandbox", epilog="Example: python -m sandbox, then: source .penstock/sandbox/dev.sh"
)
@click.option("--port", type=click.IntRange(0, 65535), default=5555, show_default=True)
@click.option(
    "--environments",
    "file",
    default="environments.yaml",
    show_default=True,
    help="The file that names the accounts.",
)
@click.option(
    "--image",
    "images",
    metavar="IMAGE=COMMAND",
    multiple=True,
    help="Which command here stands for an image that is not ours; repeatable.",
)
def command(port: int, file: str, images: tuple[str, ...]) -> None:
    """Serve AWS for the environments of a project on this machine, until it is interrupted.

    A moto server in which the executions of SageMaker pipelines really run. For each environment
    its variables are printed and written to .penstock/sandbox/NAME.sh. Nothing outlives it.
    """
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    commands = dict(text.partition("=")[::2] for text in images)
    try:
        environments = load_environments(file)
        with running(environments, port, images=commands) as sandbox:
            files = _write(sandbox)
            click.echo(_told(sandbox))
            ended.wait()
            for each in files:
                each.unlink(missing_ok=True)
    except PenstockError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"port {port}: {error.strerror}. Name another: --port."
        ) from error


def _write(sandbox: Sandbox) -> list[Path]:
    """Write what `source` reads, a file an environment."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    files = []
    for name, credentials in sandbox.credentials.items():
        file = _FOLDER / f"{name}.sh"
        aside = file.with_suffix(".new")
        aside.write_text(credentials.exports, encoding="utf-8")
        aside.replace(file)
        files.append(file)
    return files


def _told(sandbox: Sandbox) -> str:
    lines = [f"sandbox at {sandbox.endpoint}"]
    for name, credentials in sandbox.credentials.items():
        lines.append(f"\n# {name}: source {_FOLDER / name}.sh\n{credentials.exports.rstrip()}")
    return "\n".join([*lines, "\nCtrl-C ends it."])


if __name__ == "__main__":
    command()
    sys.exit(0)
