"""The process of one execution: runs its definition and tells what happens, a JSON line an event.

It is given its request as the first line of its input, then a line for each answer to a Callback
step, and stops when the input ends, so that it does not outlive the sandbox.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from penstock.errors import PenstockError
from penstock.targets.local.events import Event, RunStarted, StepEnded, StepStarted
from penstock.targets.local.result import RunStatus
from penstock.targets.local.run import JOBS, OUR_IMAGE, RUNS, Machine, execute
from penstock.targets.local.state import ended_facts
from sandbox.log_files import LogFiles
from sandbox.questions import Questions

STARTED, STEP_STARTED, LOG, STEP_ENDED = "started", "step_started", "log", "step_ended"
ASKED, ENDED, REFUSED = "asked", "ended", "refused"


class Teller:
    """Hears the run and tells the sandbox; what a step printed is told before its end."""

    def __init__(self, stream: IO[str], jobs: Path) -> None:
        self._stream, self._jobs = stream, jobs
        self._lock = threading.Lock()
        self._logs = LogFiles(self._lines)

    def __call__(self, event: Event) -> None:
        """Take an event of the run."""
        match event:
            case RunStarted(_, steps, _, _):
                self.tell(STARTED, steps=steps)
            case StepStarted(step, attempt):
                self._logs.drop(step)
                self.tell(STEP_STARTED, step=step, attempt=attempt, arguments=event.arguments)
                self._logs.follow(step, self._jobs / step / f"attempt-{attempt}")
            case StepEnded(run, _):
                self._logs.drop(run.name)
                self.tell(STEP_ENDED, **ended_facts(run))

    def tell(self, event: str, **facts: Any) -> None:
        """Write one line."""
        record = {"event": event, "at": time.time(), **facts}
        with self._lock:
            print(json.dumps(record, default=str), file=self._stream, flush=True)

    def ask(self, step: str, token: str, queue: str, inputs: Mapping[str, Any]) -> None:
        """Tell what a Callback step asks."""
        self.tell(ASKED, step=step, token=token, queue=queue, arguments=inputs)

    def close(self) -> None:
        """End what reads the logs."""
        self._logs.close()

    def _lines(self, step: str, lines: list[str]) -> None:
        self.tell(LOG, step=step, lines=lines)


def run(request: Mapping[str, Any], teller: Teller, questions: Questions) -> None:
    """Run what the sandbox asks for; whatever goes wrong is told."""
    try:
        machine = Machine(
            home=Path(request["home"]),
            project=Path(request["project"]),
            ours=frozenset({OUR_IMAGE, *request["ours"]}),
            max_parallel=request["max_parallel"],
            isolation=request["isolation"],
            memory=request["memory"],
            functions=questions.functions(request["definition"]),
        )
        result = execute(
            request["definition"],
            parameters=request["parameters"],
            machine=machine,
            pipeline=request["pipeline"],
            images=request["images"],
            registry=request["registry"],
            execution_id=request["execution_id"],
            from_step=request["from_step"],
            reference=request["reference"],
            listener=teller,
        )
        for step in result.steps.values():
            if step.reused:
                teller.tell(STEP_ENDED, **ended_facts(step))
        teller.tell(ENDED, status=result.status.value)
    except KeyboardInterrupt:
        teller.tell(ENDED, status=RunStatus.STOPPED.value)
    except PenstockError as error:
        teller.tell(REFUSED, reason=str(error))
    finally:
        teller.close()


def _take_answers(stream: IO[str], questions: Questions) -> None:
    """Hand answers on; when the input ends, stop the run."""
    for line in stream:
        questions.answer(json.loads(line))
    questions.stop()
    os.kill(os.getpid(), signal.SIGINT)


def main() -> None:
    """Read the request and run it."""
    # What jobs or libraries print must not stand among the events.
    # Whoever started the sandbox in the background left SIGINT ignored; it is how a run is stopped.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    jobs = Path(request["home"]) / RUNS / request["execution_id"] / JOBS
    teller = Teller(events, jobs)
    questions = Questions(teller.ask)
    threading.Thread(target=_take_answers, args=(sys.stdin, questions), daemon=True).start()
    run(request, teller, questions)
    # The thread that waits for the end of the input holds its lock.
    events.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
