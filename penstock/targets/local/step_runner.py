"""Runs one step from its references to its outcome: cache, attempts, retries."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from penstock.data.digest import content_digest
from penstock.errors import PenstockError, Problem, StepError
from penstock.targets.local.cache import StepCache, cache_key
from penstock.targets.local.conditions import holds
from penstock.targets.local.definition import Definition, Step
from penstock.targets.local.documents import Value, as_text
from penstock.targets.local.events import Event, Notice, StepStarted
from penstock.targets.local.faults import ServiceFault
from penstock.targets.local.jobs.container import JobFailedError, JobStoppedError
from penstock.targets.local.modes import host_count, require_modes
from penstock.targets.local.references import Scope, resolve
from penstock.targets.local.result import StepRun, StepStatus
from penstock.targets.local.retries import RetryPolicy, repeat_on_faults
from penstock.targets.local.steps.attempt import Attempt, Outcome, Surroundings, job_name
from penstock.targets.local.steps.callback import run_callback
from penstock.targets.local.steps.lambda_function import run_lambda
from penstock.targets.local.steps.model import run_model
from penstock.targets.local.steps.processing import (
    property_file_uri,
    read_property_file,
    run_processing,
)
from penstock.targets.local.steps.publishing import withdraw
from penstock.targets.local.steps.registration import run_registration
from penstock.targets.local.steps.training import run_training
from penstock.targets.local.steps.transform import run_transform
from penstock.targets.local.store.port import join_uri

_WORK: Mapping[str, Callable[[Attempt], Outcome]] = {
    "Callback": run_callback,
    "Lambda": run_lambda,
    "Model": run_model,
    "Processing": run_processing,
    "RegisterModel": run_registration,
    "Training": run_training,
    "Transform": run_transform,
}


class FailStepError(StepError):
    """A Fail step was reached; its message is the reason."""


@dataclass(frozen=True, slots=True)
class StepEnding:
    """How a step ended, and what a failed job printed last."""

    run: StepRun
    log_tail: tuple[str, ...] = ()


@dataclass(slots=True)
class StepRunner:
    """Runs the steps of one execution. Several threads may each run one step."""

    definition: Definition
    parameters: Mapping[str, Value]
    execution: Mapping[str, str]
    surroundings: Surroundings
    cache: StepCache | None
    source_digest: Callable[[], str]
    jobs: Path
    listener: Callable[[Event], None]
    begin: Callable[[str, int], None]
    digests: dict[str, str] = field(default_factory=dict)

    def run(self, step: Step, ended: Mapping[str, StepRun], attempts: int) -> StepEnding:
        """Run a step to its end; a failure is an ending, not an exception.

        Args:
            ended: How the steps before it ended.
            attempts: How many times it was begun before.

        Raises:
            WaitingForAnswerError: A Callback step has no answer yet.
        """
        started, tries = time.time(), attempts
        tail: tuple[str, ...] = ()
        status, reason, outcome, cached = StepStatus.SUCCEEDED, None, Outcome(), False

        def one_try(attempt: int) -> Outcome:
            nonlocal tries
            tries = attempt
            return self._try(step, document, attempt, ended)

        try:
            document = resolve(step.document, self._scope(step, ended))
            key = self._key(step, document)
            found = self._cached(step, key)
            if found is not None:
                outcome, cached = found, True
            else:
                outcome = repeat_on_faults(
                    one_try,
                    [RetryPolicy.read(policy) for policy in step.document.get("RetryPolicies", ())],
                    first_attempt=attempts + 1,
                    wait=self.surroundings.cancellation.wait,
                )
                if self.cache is not None and key is not None:
                    self.cache.keep(key, outcome)
        except JobStoppedError as stopped:
            status, reason = StepStatus.STOPPED, str(stopped)
        except JobFailedError as failed:
            status, reason, tail = StepStatus.FAILED, failed.reason, failed.log_tail
        except PenstockError as error:
            status, reason = StepStatus.FAILED, str(error)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            status, reason = StepStatus.FAILED, f"{where}{error.strerror or error}."
        self.digests |= {output.uri: output.digest for output in outcome.outputs.values()}
        run = StepRun(
            name=step.name,
            type=step.type,
            status=status,
            started=started,
            ended=time.time(),
            attempts=tries,
            cached=cached,
            failure_reason=reason,
            outputs=outcome.outputs,
            parameters=outcome.parameters,
            properties=outcome.properties,
            folder=None if cached else self._folder(step, tries),
        )
        return StepEnding(run, tail)

    def _try(
        self, step: Step, document: Mapping[str, Any], number: int, ended: Mapping[str, StepRun]
    ) -> Outcome:
        self.begin(step.name, number)
        arguments = document.get("Arguments") or {}
        self.listener(StepStarted(step.name, number, arguments))
        if step.type == "Condition":
            outcomes = [holds(condition) for condition in arguments.get("Conditions") or []]
            outcome = all(outcomes)
            return Outcome({"Outcome": str(outcome).lower()}, parameters={"outcome": outcome})
        if step.type == "Fail":
            message = as_text(
                arguments.get("ErrorMessage") or "the pipeline ended here on purpose."
            )
            raise FailStepError(Problem(message))
        folder = self._folder(step, number)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        models = {
            str(run.properties["ModelName"]): run.properties
            for run in ended.values()
            if run.type == "Model" and run.status is StepStatus.SUCCEEDED
        }
        attempt = Attempt(
            step.name, arguments, document, folder, folder.parent, self.surroundings, models
        )
        stores = self.surroundings.stores
        require_modes(step.type, arguments)
        hosts = host_count(arguments)
        if hosts > 1:
            self.listener(Notice(f"it asks for {hosts} hosts and runs on this one.", step.name))
        withdraw(folder.parent, stores)
        try:
            given = _WORK[step.type](attempt)
            marked = {name: stores.marked(output) for name, output in given.outputs.items()}
            return replace(given, outputs=marked)
        except (PenstockError, OSError):
            # What stops this as well is met by the next try.
            with contextlib.suppress(PenstockError, OSError):
                withdraw(folder.parent, stores)
            raise

    def _folder(self, step: Step, number: int) -> Path:
        return self.jobs / step.name / f"attempt-{number}"

    def _scope(self, step: Step, ended: Mapping[str, StepRun]) -> Scope:
        name = job_name(self.surroundings.execution_id, step.name)
        execution = {**self.execution, "ProcessingJobName": name, "TrainingJobName": name}

        def read_file(producer: str, file_name: str) -> Any:
            file = self.definition.steps[producer].property_files[file_name]
            uri = property_file_uri(ended[producer].properties, file.output, file.path)
            return read_property_file(self.surroundings.stores.of(uri).read(uri), uri)

        def read_json(uri: str) -> Any:
            return read_property_file(self.surroundings.stores.of(uri).read(uri), uri)

        return Scope(
            self.parameters,
            execution,
            {other: run.properties for other, run in ended.items()},
            read_file,
            read_json,
        )

    def _key(self, step: Step, document: Mapping[str, Any]) -> str | None:
        if self.cache is None or not (step.document.get("CacheConfig") or {}).get("Enabled"):
            return None
        owner = f"{self.execution['PipelineName']}/{step.name}"
        return cache_key(step.type, owner, document.get("Arguments") or {}, self._stand_in)

    def _cached(self, step: Step, key: str | None) -> Outcome | None:
        if self.cache is None or key is None:
            return None
        expire_after = str(step.document["CacheConfig"].get("ExpireAfter") or "P30D")
        try:
            return self.cache.find(key, expire_after)
        except (ValueError, ServiceFault):
            return None

    def _stand_in(self, text: str) -> str | None:
        images = self.surroundings.images
        if text in images.commands:
            return f"{text}={images.commands[text]}{_named_files(images.commands[text])}"
        if text in images.ours:
            return self.source_digest()
        if text in self.digests:
            return self.digests[text]
        root = str(self.parameters.get("CodeRoot", ""))
        if root and text.startswith(join_uri(root, "")):
            return text[len(root) :]
        if text.endswith("output.tar.gz"):
            parts = {uri: d for uri, d in self.digests.items() if uri.startswith(f"{text}#")}
            return ",".join(parts[uri] for uri in sorted(parts)) or None
        return _file_mark(text)


def _named_files(command: str) -> str:
    """Return the digests of the files that a user's command names."""
    return "".join(
        f"|{content_digest(Path(part))}" for part in shlex.split(command) if Path(part).is_file()
    )


def _file_mark(text: str) -> str | None:
    """Return what tells one content of a local file or folder from another without reading it."""
    if not text.startswith("file://"):
        return None
    path = Path(text.removeprefix("file://"))
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    marks = [
        f"{file.relative_to(path)}:{file.stat().st_size}:{file.stat().st_mtime_ns}"
        for file in files
        if file.is_file()
    ]
    return f"{text}|{'|'.join(marks)}"
