"""What calls of Glue ask for.

Source: Service Authorization Reference, "AWS Glue"; a table is reached through its catalog and its
database.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.question import Question


def of_table(call: Call, _: Keys) -> Iterator[Question]:
    """What reads the entry of a table."""
    database, name = call["DatabaseName"], call["Name"]
    for resource in ("catalog", f"database/{database}", f"table/{database}/{name}"):
        yield Question(f"glue:{call.operation}", call.arn("glue", resource))
