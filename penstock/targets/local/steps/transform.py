"""Transform steps: each input file goes through `/invocations` and comes back as `<file>.out`."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.container import Container, JobFailedError
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.serving import Patience, Server, serving
from penstock.targets.local.result import Output
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn
from penstock.targets.local.steps.data_processing import (
    DataProcessing,
    RecordError,
    data_processing,
)
from penstock.targets.local.steps.model import model_container
from penstock.targets.local.steps.model_files import model_uri, place_model
from penstock.targets.local.steps.publishing import publish
from penstock.targets.local.steps.records import Batch, Splitting

_OUR_SERVER = ("python3", "-m", "penstock.container", "serve")
_DEFAULT_PAYLOAD_MB = 6
_MOST_AT_ONCE = 64
_REMEDY = "Correct the record or the model."


def run_transform(attempt: Attempt) -> Outcome:
    """Run a Transform step.

    Raises:
        StepError: The model or an input is missing, the server does not answer, or it refuses a
            record; the message names the record.
    """
    arguments, view = attempt.arguments, ContainerView(attempt.folder)
    _check(arguments)
    processing = data_processing(arguments)
    view.make("/opt/ml/model")
    model = _model(attempt, arguments)
    uri = model_uri(model)
    stores = attempt.surroundings.stores
    if uri is not None:
        place_model(uri, stores, attempt.folder / "fetched", view.path("/opt/ml/model"))
    source = arguments["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    inputs, outputs = attempt.folder / "input", attempt.folder / "output"
    stores.of(source).fetch(source, inputs)
    outputs.mkdir()
    client = arguments.get("ModelClientConfig") or {}
    patience = Patience(
        float(client.get("InvocationsTimeoutInSeconds", 600)),
        int(client.get("InvocationsMaxRetries", 3)),
    )
    with serving(attempt, view, _container(attempt, arguments, model), patience) as server:
        work = _Work(server, arguments, processing)
        for file in sorted(path for path in inputs.rglob("*") if path.is_file()):
            target = outputs / f"{file.relative_to(inputs)}.out"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                work.transform(file, target)
            except StepError as error:
                if attempt.surroundings.cancellation.cancelled:
                    raise
                raise JobFailedError(str(error), view.log_tail()) from error
    place = arguments["TransformOutput"]["S3OutputPath"]
    publish(attempt, outputs, place)
    return Outcome(
        properties={
            **arguments,
            "TransformJobName": attempt.job_name,
            "TransformJobArn": local_arn("transform-job", attempt.job_name),
            "TransformJobStatus": "Completed",
        },
        outputs={"output": Output(place, content_digest(outputs))},
    )


def _check(arguments: Document) -> None:
    kind = arguments["TransformInput"].get("SplitType", "None")
    if kind not in ("None", "Line"):
        raise StepError(Problem(f"SplitType {kind} does not run on this machine.", "", "Use Line."))


def _model(attempt: Attempt, arguments: Document) -> Document:
    name = arguments.get("ModelName")
    model = attempt.models.get(str(name))
    if model is None:
        raise StepError(
            Problem(
                f"the model {name} is made by no step of this run.",
                remedy="Make it in a Model step and refer to Steps.<step>.ModelName.",
            )
        )
    return model_container(model)


def _container(attempt: Attempt, arguments: Document, model: Document) -> Container:
    image = model["Image"]
    ours = image in attempt.surroundings.images.ours
    mapped = image in attempt.surroundings.images.commands
    variables = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": str(arguments.get("BatchStrategy", "MultiRecord")),
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(_payload_mb(arguments, {})),
    }
    if arguments.get("MaxConcurrentTransforms"):
        variables["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(_at_once(arguments, {}))
    return Container(
        image=image,
        entry_point=_OUR_SERVER if ours and not mapped else (),
        arguments=() if ours and not mapped else ("serve",),
        environment={
            **(model.get("Environment") or {}),
            **(arguments.get("Environment") or {}),
            **variables,
        },
        max_seconds=None,
    )


def _payload_mb(arguments: Document, wished: Mapping[str, object]) -> int:
    return _number(arguments, wished, "MaxPayloadInMB", _DEFAULT_PAYLOAD_MB)


def _at_once(arguments: Document, wished: Mapping[str, object]) -> int:
    """0 and nothing leave it to `/execution-parameters`, else it is 1."""
    said = {name: value for name, value in arguments.items() if value}
    return min(_MOST_AT_ONCE, max(1, _number(said, wished, "MaxConcurrentTransforms", 1)))


def _number(arguments: Document, wished: Mapping[str, object], name: str, default: int) -> int:
    value = arguments.get(name, wished.get(name, default))
    return int(value) if isinstance(value, int | str | float) else default


class _Work:
    """The files of one job, through one server."""

    def __init__(self, server: Server, arguments: Document, processing: DataProcessing) -> None:
        wished = {} if arguments.get("MaxConcurrentTransforms") else server.wishes()
        self._server, self._processing = server, processing
        self._content_type = str(
            arguments["TransformInput"].get("ContentType", "application/octet-stream")
        )
        self._accept = str(arguments["TransformOutput"].get("Accept", ""))
        self._ends_lines = arguments["TransformOutput"].get("AssembleWith", "None") == "Line"
        self._at_once = _at_once(arguments, wished)
        self._splitting = Splitting(
            by_line=arguments["TransformInput"].get("SplitType", "None") == "Line",
            single=arguments.get("BatchStrategy", "MultiRecord") == "SingleRecord",
            payload_mb=_payload_mb(arguments, {}),
            sent=processing.sent,
        )

    def transform(self, file: Path, target: Path) -> None:
        """Write the answers for a file's records, in their order.

        Raises:
            StepError: A record is refused, or cannot be filtered or joined; it is named.
        """

        def ask(batch: Batch) -> bytes:
            answer = self._server.ask(batch.body, self._content_type, self._accept)
            if answer.status != 200:
                raise StepError(list(_refusals(answer.status, answer.body, batch, file.name)))
            if not self._processing.changes_answers:
                return answer.body
            try:
                return self._processing.kept(batch.records, answer.body)
            except RecordError as error:
                raise StepError(Problem(f"{error}.", batch.place(file.name), _REMEDY)) from None

        batches = self._splitting.batches(file, file.name)
        with target.open("wb") as stream:
            for body in _in_order(ask, batches, self._at_once):
                stream.write(body)
                if self._ends_lines and not body.endswith(b"\n"):
                    stream.write(b"\n")


def _refusals(status: int, body: bytes, batch: Batch, name: str) -> Iterator[Problem]:
    """Yield a problem for each row that the answer names, else one for the whole request."""
    said = f"/invocations answered {status}: "
    found = _Refusal.read(body)
    for row, what in found.rows:
        yield Problem(f"{said}{what}", batch.place(name, row), _REMEDY)
    if not found.rows:
        yield Problem(f"{said}{found.message}", batch.place(name), _REMEDY)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What a body says that refuses: `{"message": ..., "rows": [{"row": 3, ...}]}`, or a text."""

    message: str
    rows: tuple[tuple[int, str], ...] = ()

    @classmethod
    def read(cls, body: bytes) -> _Refusal:
        text = body[:512].decode(errors="replace").strip()
        try:
            said = json.loads(body)
            rows = tuple(
                (
                    int(row["row"]),
                    f"column {row['column']!r}: {row['problem']}"
                    if row.get("column")
                    else str(row["problem"]),
                )
                for row in said.get("rows", ())
            )
            return cls(str(said["message"]), rows)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(text)


def _in_order(
    ask: Callable[[Batch], bytes], batches: Iterable[Batch], at_once: int
) -> Iterator[bytes]:
    """Yield the answers in the order of the batches, of which few are in memory at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        asked: deque[Future[bytes]] = deque()
        try:
            for batch in batches:
                asked.append(pool.submit(ask, batch))
                if len(asked) >= at_once:
                    yield asked.popleft().result()
            while asked:
                yield asked.popleft().result()
        finally:
            for waiting in asked:
                waiting.cancel()
