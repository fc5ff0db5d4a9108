"""Whether a table of DynamoDB is there, with the key that its rows are kept under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding

Key = Mapping[str, str]
"""Attribute → type (S or N): the hash key first, then the range key."""


def table(name: str, called: str, region: str, key: Key, place: str) -> Iterator[Finding]:
    """Look at a table.

    Args:
        name: Of the findings.
        called: The table.
        region: Where it has to be; empty: that of the shell.
        key: What its rows are kept under.
        place: `file:line` of it.

    Raises:
        ServiceError: DynamoDB refused or cannot be reached.
    """
    client = open_client("dynamodb", region, f"the table {called}")
    with translated("dynamodb", f"the table {called}"):
        try:
            found = client.describe_table(TableName=called)["Table"]
        except Exception as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            found = None
    if found is None:
        remedy = f"Create it with {_words(key)}, or mend {place}."
        yield Finding(name, "broken", f"there is no table {called} in {region}", remedy)
        return
    types = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}
    ranked = sorted(found["KeySchema"], key=lambda each: str(each["KeyType"]))
    there = {each["AttributeName"]: types[each["AttributeName"]] for each in ranked}
    if list(there.items()) != list(key.items()):
        said = f"the table {called} has {_words(there)}, not {_words(key)}"
        remedy = f"Create another one with that key, and name it in {place}."
        yield Finding(name, "broken", said, remedy)
    elif found.get("TableStatus") not in ("ACTIVE", "UPDATING"):
        said = f"the table {called} is {found.get('TableStatus')}"
        yield Finding(name, "broken", said, "Wait until it is ACTIVE.")
    else:
        yield Finding(name, "ok", f"the table {called} in {region}")


def _words(key: Key) -> str:
    named = [f"{attribute} ({kind})" for attribute, kind in key.items()]
    ranged = f" and the range key {named[1]}" if len(named) > 1 else ""
    return f"the hash key {named[0]}{ranged}"
