"""JSON: `{"instances": [...]}` with lists in the model's order or objects by column name."""

import json
from typing import TYPE_CHECKING, Any

from components.serving.bodies.records import table_of
from components.serving.schema import Schema
from penstock.contract.serving import RefusedRequestError

if TYPE_CHECKING:
    import pyarrow as pa

_EXAMPLE = 'Send {"instances": [[1.5, 2], [3, null]]} or {"instances": [{"amount": 1.5}]}.'


def read(body: bytes, schema: Schema) -> "pa.Table":
    """Read a body.

    Raises:
        BadRowsError: As `records.table_of` says.
        RefusedRequestError: It is no JSON, or of another shape.
    """
    document = parsed(body)
    rows = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise RefusedRequestError("the body has no list `instances`.", _EXAMPLE)
    return table_of(rows, schema)


def parsed(text: bytes) -> Any:
    """Parse JSON strictly: no NaN, no Infinity.

    Raises:
        RefusedRequestError: It is no JSON.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise RefusedRequestError("the body is nested too deeply.", _EXAMPLE) from None
    except ValueError as error:
        raise RefusedRequestError(f"the body is no JSON: {error}.", _EXAMPLE) from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON; write null for no value")
