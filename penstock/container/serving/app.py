"""The server's routes: `/ping`, `/execution-parameters`, `/invocations`."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from penstock.container.serving.limits import Limits
from penstock.container.serving.refusals import refusal
from penstock.contract.serving import Predictor, RefusedRequestError
from penstock.contract.serving import Request as Asked

ATTRIBUTES_HEADER = "x-amzn-sagemaker-custom-attributes"
READ_SECONDS = 60.0
"""A body that does not come within this time is given up."""


def application(predictor: Predictor, limits: Limits) -> Starlette:
    """Return the application that serves a loaded predictor."""
    invocations = _Invocations(predictor, limits)

    async def ping(_: Request) -> Response:
        return Response(status_code=200)

    async def execution_parameters(_: Request) -> Response:
        return JSONResponse(
            {
                "MaxConcurrentTransforms": limits.concurrency,
                "BatchStrategy": limits.strategy,
                "MaxPayloadInMB": limits.payload_mb,
            }
        )

    return Starlette(
        routes=[
            Route("/ping", ping, methods=["GET"]),
            Route("/execution-parameters", execution_parameters, methods=["GET"]),
            Route("/invocations", invocations.answer, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http_error},
    )


class _Invocations:
    """Works on few requests at a time; the bodies of those that wait are not read yet."""

    def __init__(self, predictor: Predictor, limits: Limits) -> None:
        self._predictor, self._limits = predictor, limits
        self._turn = asyncio.Semaphore(limits.concurrency)
        self._threads = ThreadPoolExecutor(limits.concurrency, thread_name_prefix="predict")

    async def answer(self, request: Request) -> Response:
        started = time.perf_counter()
        size = 0
        try:
            self._require_size(int(request.headers.get("content-length") or 0))
            async with self._turn:
                body = await asyncio.wait_for(self._body(request), READ_SECONDS)
                size = len(body)
                asked = Asked(
                    body,
                    request.headers.get("content-type", ""),
                    ",".join(request.headers.getlist("accept")),
                    attributes_of(request.headers.get(ATTRIBUTES_HEADER, "")),
                )
                del body
                given = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._predictor.predict, asked
                )
            response = Response(given.body, 200, media_type=given.content_type)
        except RefusedRequestError as error:
            response = refusal(error.status, str(error), error.rows)
        except TimeoutError:
            response = refusal(408, f"the body did not come within {READ_SECONDS:g} seconds.")
        except ClientDisconnect:
            response = refusal(400, "the client went away.")
        except Exception:  # noqa: BLE001  # one bad request must not end the server
            traceback.print_exc(file=sys.stderr)
            response = refusal(500, "the server failed on this request; its log says why.")
        spent = (time.perf_counter() - started) * 1000
        print(
            f"POST /invocations {response.status_code}: {size:,} bytes in, "
            f"{len(response.body):,} out, {spent:.1f} ms",
            flush=True,
        )
        return response

    async def _body(self, request: Request) -> bytes:
        parts, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            self._require_size(size)
            parts.append(chunk)
        return b"".join(parts)

    def _require_size(self, size: int) -> None:
        limit = self._limits.payload_bytes
        if limit is not None and size > limit:
            raise RefusedRequestError(
                f"the body is over {self._limits.payload_mb} MB.",
                "Send fewer rows at a time, or raise MaxPayloadInMB.",
                status=413,
            )


def attributes_of(header: str) -> Mapping[str, str]:
    """Return `rows=raw,day=2018-08-01` by name; a name without a value has an empty one."""
    pairs = (part.partition("=") for part in header.split(",") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


async def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {
        404: "there is no such path. Use /ping, /invocations or /execution-parameters.",
        405: "the method is not allowed: POST to /invocations, GET the others.",
    }
    response = refusal(status, messages.get(status, str(getattr(error, "detail", error))))
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response
