"""`pipeline schema`: the JSON Schema that editors use to complete and check a file."""

from __future__ import annotations

import click

from penstock.cli.session import common_options


@click.command(
    "schema",
    short_help="Print the JSON Schema of a settings file, for editors.",
    epilog="Example: pipeline schema use-case --output use_case.schema.json",
)
@click.argument("what", type=click.Choice(["use-case", "environments"]))
@click.option("--output", metavar="FILE", type=click.Path(), help="Write to FILE.")
@common_options
def command(what: str, output: str | None) -> None:
    """Print the JSON Schema of a settings file, for editors.

    The output is one JSON document with and without --json.
    """
    import json

    from penstock.cli.writing import write_out

    write_out(json.dumps(_SCHEMAS[what](), indent=2) + "\n", output)


def _use_case_schema() -> object:
    from penstock.use_case import json_schema

    return json_schema()


def _environments_schema() -> object:
    from penstock.environments import json_schema

    return json_schema()


_SCHEMAS = {"use-case": _use_case_schema, "environments": _environments_schema}
