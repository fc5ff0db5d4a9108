"""Answers that broke off on the way are asked for again, and never taken for whole ones.

botocore 1.44.5 parses what came of a JSON answer: one that was cut short reads as an empty one, and
an empty answer of DynamoDB says that there is no such item.
"""

from __future__ import annotations

from typing import Any

_TRIES = 6
_FIRST_SECONDS = 0.1


def require_whole_answers(client: Any) -> None:
    """Let a client compare the length of each answer with what its header says."""
    client.meta.events.register("needs-retry", _retry)
    client.meta.events.register("after-call", _refuse)


def _retry(response: Any, operation: Any, attempts: int, **_: Any) -> float | None:
    """Return after how many seconds to try again; None: it is whole, or was tried enough."""
    if response is None or attempts >= _TRIES or not _is_cut_short(response[0], operation):
        return None
    return _FIRST_SECONDS * 2.0**attempts


def _refuse(http_response: Any, model: Any, **_: Any) -> None:
    if _is_cut_short(http_response, model):
        from botocore.exceptions import ResponseStreamingError

        told = http_response.headers.get("Content-Length")
        came = len(http_response.content)
        raise ResponseStreamingError(error=f"the answer broke off after {came} of {told} bytes")


def _is_cut_short(answer: Any, operation: Any) -> bool:
    """Return whether less came than was told.

    What is streamed is read by its caller, and an answer to HEAD tells the length of no body.
    """
    if operation.has_streaming_output or operation.http.get("method") == "HEAD":
        return False
    told = str(answer.headers.get("Content-Length"))
    return told.isdecimal() and answer.status_code != 204 and len(answer.content) < int(told)
