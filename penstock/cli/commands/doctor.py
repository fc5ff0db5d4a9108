"""`pipeline doctor`: what is wrong with this machine."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options


@click.command(
    "doctor",
    short_help="Look at this machine and say what to mend.",
    epilog="Example: pipeline doctor",
)
@common_options
@click.pass_obj
def command(session: Session) -> int:
    """Look at this machine and say what to mend.

    Interpreter, versions against the lock file, compiler, disk space, the folder of the runs, the
    model registry and the warm server. Exit code 1: something is broken.
    """
    from penstock.cli.boundary import FAILED, WORKED
    from penstock.cli.examination import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not session.json:
            remedy = f"  {finding.remedy}" if finding.remedy else ""
            mark = click.style(f"{finding.state:<8}", fg=_COLOURS[finding.state])
            click.echo(f"{mark}{finding.name:<13}{finding.said}.{remedy}")
    if session.json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps({"findings": list(map(asdict, findings))}, indent=2))
    return FAILED if any(finding.state == "broken" for finding in findings) else WORKED


_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}
