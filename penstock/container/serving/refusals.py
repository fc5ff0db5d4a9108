"""Answers that say no, in one form: `{"message": ..., "rows": [...]}`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.responses import Response

from penstock.contract.serving import BadRow


def refusal(status: int, message: str, rows: Sequence[BadRow] = ()) -> Response:
    """Return the answer.

    `rows` names rows of the body: `row` counts from 1, `column` is empty if the row as a whole is
    wrong, `problem` says what was expected. A Transform job finds the record by it.
    """
    body: dict[str, object] = {"message": message}
    if rows:
        body["rows"] = [{"row": bad.row, "column": bad.column, "problem": bad.what} for bad in rows]
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")
