"""Transform steps: each input file goes through `/invocations` and comes back as `<file>.out`."""

from __future__ import annotations

import tarfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.archive import unpack
from penstock.targets.local.jobs.container import Container, JobFailedError
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.serving import Server, serving
from penstock.targets.local.result import Output
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn
from penstock.targets.local.steps.model import model_container
from penstock.targets.local.steps.publishing import publish

_OUR_SERVER = ("python3", "-m", "penstock.container", "serve")
_DEFAULT_PAYLOAD_MB = 6
_MEGABYTE = 1024 * 1024


def run_transform(attempt: Attempt) -> Outcome:
    """Run a Transform step.

    Raises:
        StepError: The model or an input is missing, the server does not answer, or it refuses a
            record; the message names the record.
    """
    arguments, view = attempt.arguments, ContainerView(attempt.folder)
    _check(arguments)
    view.make("/opt/ml/model")
    model = _model(attempt, arguments)
    _place_model(attempt, view, model)
    source = arguments["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    inputs, outputs = attempt.folder / "input", attempt.folder / "output"
    attempt.surroundings.stores.of(source).fetch(source, inputs)
    outputs.mkdir()
    with serving(attempt, view, _container(attempt, arguments, model)) as server:
        for file in sorted(path for path in inputs.rglob("*") if path.is_file()):
            target = outputs / f"{file.relative_to(inputs)}.out"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _transform(server, file, target, arguments)
            except StepError as error:
                if attempt.surroundings.cancellation.cancelled:
                    raise
                raise JobFailedError(str(error), view.log_tail()) from error
    uri = arguments["TransformOutput"]["S3OutputPath"]
    publish(attempt, outputs, uri)
    return Outcome(
        properties={
            **arguments,
            "TransformJobName": attempt.job_name,
            "TransformJobArn": local_arn("transform-job", attempt.job_name),
            "TransformJobStatus": "Completed",
        },
        outputs={"output": Output(uri, content_digest(outputs))},
    )


def _check(arguments: Document) -> None:
    kind = arguments["TransformInput"].get("SplitType", "None")
    processing = arguments.get("DataProcessing") or {}
    changes = [
        name
        for name, neutral in (("InputFilter", "$"), ("OutputFilter", "$"), ("JoinSource", "None"))
        if processing.get(name, neutral) != neutral
    ]
    problems = []
    if kind not in ("None", "Line"):
        problems.append(Problem(f"SplitType {kind} does not run on this machine.", "", "Use Line."))
    if changes:
        problems.append(
            Problem(
                f"DataProcessing.{' and '.join(changes)} does not run on this machine.",
                "",
                "Leave the columns to the step before or after.",
            )
        )
    if problems:
        raise StepError(problems)


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


def _place_model(attempt: Attempt, view: ContainerView, model: Document) -> None:
    uri = model.get("ModelDataUrl")
    if uri is None:
        return
    fetched = attempt.folder / "fetched"
    attempt.surroundings.stores.of(uri).fetch(uri, fetched)
    try:
        unpack(next(path for path in fetched.iterdir()), view.path("/opt/ml/model"))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise StepError(
            Problem(f"{uri} cannot be unpacked: {error}.", remedy="Run the training again.")
        ) from error


def _container(attempt: Attempt, arguments: Document, model: Document) -> Container:
    image = model["Image"]
    ours = image in attempt.surroundings.images.ours
    mapped = image in attempt.surroundings.images.commands
    return Container(
        image=image,
        entry_point=_OUR_SERVER if ours and not mapped else (),
        arguments=() if ours and not mapped else ("serve",),
        environment={
            **(model.get("Environment") or {}),
            **(arguments.get("Environment") or {}),
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_BATCH_STRATEGY": str(arguments.get("BatchStrategy", "MultiRecord")),
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(_payload_mb(arguments)),
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(_concurrency(arguments)),
        },
        max_seconds=None,
    )


def _payload_mb(arguments: Document) -> int:
    return int(arguments.get("MaxPayloadInMB", _DEFAULT_PAYLOAD_MB))


def _concurrency(arguments: Document) -> int:
    return max(1, int(arguments.get("MaxConcurrentTransforms", 1)))


def _transform(server: Server, file: Path, target: Path, arguments: Document) -> None:
    content_type = str(arguments["TransformInput"].get("ContentType", "application/octet-stream"))
    accept = str(arguments["TransformOutput"].get("Accept", ""))
    by_line = arguments["TransformOutput"].get("AssembleWith", "None") == "Line"

    def ask(batch: tuple[int, bytes]) -> bytes:
        first, body = batch
        answer = server.ask(body, content_type, accept)
        if answer.status != 200:
            text = answer.body[:512].decode(errors="replace").strip()
            place = f"{file.name}:{first}" if first else file.name
            raise StepError(
                Problem(
                    f"/invocations answered {answer.status}: {text}",
                    place,
                    "Correct the record or the model.",
                )
            )
        return answer.body

    with target.open("wb") as stream:
        for body in _answers(ask, _batches(file, arguments), _concurrency(arguments)):
            stream.write(body)
            if by_line and not body.endswith(b"\n"):
                stream.write(b"\n")


def _answers(
    ask: Callable[[tuple[int, bytes]], bytes], batches: Iterable[tuple[int, bytes]], at_once: int
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


def _batches(file: Path, arguments: Document) -> Iterator[tuple[int, bytes]]:
    """Yield payloads, each with the number of its first line; 0 for a whole file."""
    limit = _payload_mb(arguments) * _MEGABYTE or None
    if arguments["TransformInput"].get("SplitType", "None") == "None":
        body = file.read_bytes()
        _check_size(len(body), limit, file.name)
        yield 0, body
        return
    single = arguments.get("BatchStrategy", "MultiRecord") == "SingleRecord"
    with file.open("rb") as stream:
        yield from _line_batches(stream, limit, file.name, single=single)


def _line_batches(
    lines: Iterable[bytes], limit: int | None, name: str, *, single: bool
) -> Iterator[tuple[int, bytes]]:
    batch, size, first = list[bytes](), 0, 1
    for number, line in enumerate(lines, start=1):
        _check_size(len(line), limit, f"{name}:{number}")
        if batch and (single or (limit is not None and size + len(line) > limit)):
            yield first, b"".join(batch)
            batch, size, first = [], 0, number
        batch.append(line)
        size += len(line)
    if batch:
        yield first, b"".join(batch)


def _check_size(size: int, limit: int | None, where: str) -> None:
    if limit is not None and size > limit:
        raise StepError(
            Problem(
                f"a record of {size:,} bytes is over MaxPayloadInMB ({limit // _MEGABYTE} MB).",
                where,
                "Raise MaxPayloadInMB, at most 100, or split the file by line.",
            )
        )
