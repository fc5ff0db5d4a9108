"""Slow clients, as the server sees them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from serving.console.security import gate
from serving.console.security.gate import Gate


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.05)
    told: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        told.append(message)

    async def unreached(*_: Any) -> None:
        raise AssertionError

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:1"), (b"content-length", b"5")],
    }
    guarded = Gate(
        unreached,
        address="http://127.0.0.1:1",
        hosts=frozenset({"127.0.0.1:1"}),
        refuse=lambda _, refused: PlainTextResponse(str(refused), refused.status),
    )
    # The browser of other tests leaves a loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guarded(scope, never, send)).result()
    assert told[0]["status"] == 408
    assert told[1]["body"] == b"the request was not complete after 0.05 seconds. Send it again."
