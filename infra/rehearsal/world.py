"""Several accounts on this machine: what is deployed into them works, and time passes when told."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.moto_api._internal.models import moto_api_backend
from moto.sagemaker.models import ModelPackage

from infra.rehearsal.accounts import Accounts, Keys
from infra.rehearsal.cloudformation.deploying import Deployed, deploy
from infra.rehearsal.cloudformation.extension import every_type_made
from infra.rehearsal.delivery import operations
from infra.rehearsal.delivery.actions import Actions
from infra.rehearsal.delivery.deliveries import EXECUTION_CHANGED as DELIVERY_CHANGED
from infra.rehearsal.delivery.deliveries import Deliveries
from infra.rehearsal.delivery.execution import DeliveryExecution
from infra.rehearsal.errors import told
from infra.rehearsal.events import buses as event_buses
from infra.rehearsal.events.buses import Buses
from infra.rehearsal.events.sagemaker import (
    EXECUTION_CHANGED,
    PACKAGE_CHANGED,
    SOURCE,
    execution_detail,
    package_detail,
)
from infra.rehearsal.events.targets import AwsTargets
from infra.rehearsal.functions.calling import Functions
from infra.rehearsal.functions.mappings import Mappings
from infra.rehearsal.functions.schedules import fire
from infra.rehearsal.recording import recorded
from penstock.environments import Environment
from sandbox.execution import Execution
from sandbox.names import Place
from sandbox.resources import place_of
from sandbox.server import running

_PROJECT = Path(__file__).resolve().parents[2]
_TURN_SECONDS = 0.02
_LAST_CALLS = 6


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take that take minutes in an account.

    Attributes:
        continue_seconds: Until CodePipeline calls a function again that is not done.
        again_seconds: Until a message is seen again that a function failed on; whole seconds.
    """

    continue_seconds: float = 2.0
    again_seconds: int = 1


@dataclass(slots=True)
class World:
    """The accounts of a rehearsal.

    Attributes:
        places: Where each environment is.
        buses: EventBridge; `seen` holds every event.
        functions: Lambda; `calls` holds every call.
        deliveries: CodePipeline.
        executions: SageMaker's executions by ARN.
        running: Those of whose end no rule has heard yet.
        patience_seconds: How long nothing may happen before nothing more is expected; longer than
            a message takes that is seen again.
    """

    accounts: Accounts
    places: Mapping[str, Place]
    home: Path
    functions: Functions
    mappings: Mappings
    deliveries: Deliveries
    buses: Buses
    executions: dict[str, Execution]
    running: set[str]
    patience_seconds: float = 4.0

    def client(self, service: str, environment: str, keys: Keys | None = None) -> Any:
        """Return a client in an environment's account; without keys, as the account's user."""
        return self.accounts.client(service, self.places[environment], keys)

    def assume(self, role: str, session: str, environment: str) -> Keys:
        """Take a role, as somebody of an environment's account."""
        return self.accounts.assume(role, session, self.places[environment])

    def deploy(
        self,
        environment: str,
        name: str,
        template: Mapping[str, Any],
        parameters: Mapping[str, str] | None = None,
    ) -> Deployed:
        """Create or update a stack in an environment's account."""
        client = self.client("cloudformation", environment)
        return deploy(client, self.places[environment], name, template, parameters)

    def fire(self, environment: str, group: str, schedule: str, at: datetime) -> None:
        """Let a schedule fire; its function is called by `settle`."""
        fire(self.functions, self.places[environment], group, schedule, at)

    def turn(self) -> bool:
        """Do one thing that is due; return whether there was one."""
        return self.functions.work() or self.mappings.work() or self.deliveries.work()

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 60.0) -> None:
        """Do what is due until nothing is left, or until a condition holds.

        Args:
            until: Without it: nothing is due, no execution runs, no delivery waits for a function.
            seconds: After which the rehearsal gives up.

        Raises:
            RehearsalError: It lasted too long, or an event reached nobody.
        """
        deadline = time.monotonic() + seconds
        busy = time.monotonic()
        while not (until() if until else False):
            # What ends during the turn has sent messages to queues that were read already.
            waited = self._is_waiting
            progressed = self.turn()
            self._require_delivered()
            now = time.monotonic()
            if progressed or waited:
                busy = now
            elif until is None:
                return
            if now > deadline:
                raise told(f"it was not over within {seconds:g} s.", "", self.last_words)
            if now > busy + self.patience_seconds:
                raise told("nothing came of it.", "", self.last_words)
            if progressed:
                continue
            time.sleep(_TURN_SECONDS)

    @property
    def _is_waiting(self) -> bool:
        return bool(self.running) or self.deliveries.is_busy

    @property
    def last_words(self) -> str:
        """What the last functions failed at or refused: most often why nothing comes."""
        said = [
            f"{call.name}: {why}"
            for call in self.functions.calls[-_LAST_CALLS:]
            for why in (call.error, *call.complaints)
            if why
        ]
        return "; ".join(dict.fromkeys(said))

    def _require_delivered(self) -> None:
        if self.buses.undelivered:
            lost = self.buses.undelivered[0]
            raise told(f"an event was lost: {lost.reason}.", lost.rule)


class _Switch:
    """Targets that are named before there is anything to send to."""

    def __init__(self) -> None:
        self.to: AwsTargets | None = None

    def send(self, target: Mapping[str, Any], text: str) -> None:
        """Hand a text to a target."""
        assert self.to is not None  # noqa: S101  # set before the first event
        self.to.send(target, text)


@contextlib.contextmanager
def rehearsing(
    environments: Iterable[Environment],
    *,
    project: Path = _PROJECT,
    isolation: str = "warm",
    pace: Pace | None = None,
    calls: Path | None = None,
) -> Iterator[World]:
    """Have empty accounts while this lasts; there is one rehearsal at a time in a process.

    Args:
        project: Folder that holds `components/`, which stands for the environments' images.
        isolation: As `sandbox.server.running` has it.
        pace: How long things take.
        calls: File that gets a line of JSON for each call that a role makes; None: none is kept.
    """
    named, pace = list(environments), pace or Pace()
    home = Path(tempfile.mkdtemp(prefix="penstock-rehearsal-"))
    places = {each.name: place_of(each) for each in named}
    executions: dict[str, Execution] = {}
    running_ones: set[str] = set()
    switch = _Switch()
    buses = Buses(switch)

    def told_execution(execution: Execution, before: str) -> None:
        executions[execution.arn] = execution
        running_ones.add(execution.arn)
        arns = (execution.place.arn("pipeline", execution.pipeline), execution.arn)
        detail = execution_detail(execution, before)
        buses.emit(execution.place, SOURCE, EXECUTION_CHANGED, detail, arns)
        if execution.is_over:
            running_ones.discard(execution.arn)

    def told_package(place: Place, package: ModelPackage) -> None:
        buses.emit(place, SOURCE, PACKAGE_CHANGED, package_detail(package), (str(package.arn),))

    def told_delivery(execution: DeliveryExecution, state: str) -> None:
        detail = {
            "pipeline": execution.pipeline,
            "execution-id": execution.id,
            "state": state,
            "version": execution.definition["version"],
        }
        buses.emit(execution.place, "aws.codepipeline", DELIVERY_CHANGED, detail)

    with contextlib.ExitStack() as until_then:
        until_then.callback(shutil.rmtree, home, ignore_errors=True)
        # What another server in this process left behind; servers share what moto holds.
        moto_api_backend.reset()
        until_then.callback(moto_api_backend.reset)
        made = until_then.enter_context(
            running(
                named,
                project=project,
                isolation=isolation,
                furnished=False,
                execution_listener=told_execution,
                package_listener=told_package,
            )
        )
        if calls is not None:
            until_then.enter_context(recorded(calls))
        accounts = Accounts(made.endpoint)
        functions = Functions(accounts, home)
        until_then.callback(functions.close)
        mappings = Mappings(accounts, functions, dict.fromkeys(places.values()), pace.again_seconds)
        actions = Actions(accounts, functions, pace.continue_seconds)
        deliveries = Deliveries(actions, told_delivery)
        switch.to = AwsTargets(functions.call_later, lambda *given: _started(deliveries, *given))
        until_then.enter_context(every_type_made(accounts.open))
        until_then.enter_context(event_buses.served(buses))
        until_then.enter_context(operations.served(deliveries, pace.continue_seconds))
        yield World(
            accounts,
            places,
            home,
            functions,
            mappings,
            deliveries,
            buses,
            executions,
            running_ones,
        )


def _started(deliveries: Deliveries, place: Place, name: str, request: Mapping[str, Any]) -> None:
    deliveries.start(place, name, request)
