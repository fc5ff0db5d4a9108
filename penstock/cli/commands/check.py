"""`pipeline check`: every problem of the given files, whatever they are."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = "Example: pipeline check use_cases environments.yaml definition.json"


@click.command(
    "check",
    short_help="Check use cases, environments, IRs and definitions; list every problem.",
    epilog=EPILOG,
)
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@common_options
@click.pass_obj
def command(session: Session, paths: tuple[str, ...]) -> int:
    """Check use cases, environments, IRs and definitions; list every problem.

    What a file is shows from its content. A folder stands for the use cases below it. Exit code 0:
    everything is in order; 2: something is not.
    """
    from penstock.cli.boundary import WORKED, WRONG_REQUEST, problem_json
    from penstock.cli.checking import check_path

    checked = [result for path in paths for result in check_path(path)]
    problems = [problem for result in checked for problem in result.problems]
    if session.json:
        import json

        document = {
            "files": [
                {
                    "path": result.path,
                    "kind": result.kind,
                    "problems": list(map(problem_json, result.problems)),
                    "warnings": list(map(problem_json, result.warnings)),
                }
                for result in checked
            ],
        }
        click.echo(json.dumps(document, indent=2))
        return WRONG_REQUEST if problems else WORKED
    for result in checked:
        if not result.problems:
            click.echo(f"{result.path}: {result.kind}, in order")
        for warning in result.warnings:
            click.echo(f"warning: {warning}", err=True)
        for problem in result.problems:
            click.echo(str(problem), err=True)
    if problems:
        files = sum(1 for result in checked if result.problems)
        click.echo(
            f"{_count(len(problems), 'problem')} in {files} of {_count(len(checked), 'file')}.",
            err=True,
        )
        return WRONG_REQUEST
    return WORKED


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
