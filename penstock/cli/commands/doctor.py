"""`pipeline doctor`: what is wrong with this machine, or with an environment as seen from it."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options


@click.command(
    "doctor",
    short_help="Look at this machine or an environment and say what to mend.",
    epilog="Example: pipeline doctor --env dev",
)
@click.option("--env", "environment", metavar="NAME", help="Look at this environment.")
@click.option(
    "--environments",
    "file",
    metavar="FILE",
    type=click.Path(),
    help="The file that names it; default environments.yaml.",
)
@common_options
@click.pass_obj
def command(session: Session, environment: str | None, file: str | None) -> int:
    """Look at this machine or an environment and say what to mend.

    The machine: interpreter, versions against the lock file, compiler, disk space, the folder of
    the runs, the model registry and the warm server.

    With --env: interpreter, versions, and with the credentials of this shell the identity, clock,
    permissions, Region, buckets, role, table of records, image, key, registry and ledger of that
    environment. Nothing is changed.

    Exit code 1: something is broken.
    """
    from penstock.cli.boundary import FAILED, WORKED
    from penstock.cli.examination import examine, examine_environment

    if file is not None and environment is None:
        raise click.UsageError("--environments needs --env.")
    findings = []
    for finding in examine() if environment is None else examine_environment(environment, file):
        findings.append(finding)
        if not session.json:
            remedy = f"  {finding.remedy}" if finding.remedy else ""
            mark = click.style(f"{finding.state:<8}", fg=_COLOURS[finding.state])
            click.echo(f"{mark}{finding.name:<13}{finding.said}.{remedy}")
    if session.json:
        import json
        from dataclasses import asdict

        named = {"environment": environment} if environment is not None else {}
        click.echo(json.dumps({**named, "findings": list(map(asdict, findings))}, indent=2))
    return FAILED if any(finding.state == "broken" for finding in findings) else WORKED


_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}
