"""The event buses of all accounts: what is put on one goes to the targets of its rules."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from unittest.mock import patch

from moto.events.models import Rule, events_backends
from moto.events.responses import EventsHandler

from infra.rehearsal.events.inputs import target_input
from sandbox.answers import place_of
from sandbox.crossing import account_of
from sandbox.names import Place

Event = Mapping[str, Any]
"""As rules see it."""


class Targets(Protocol):
    """What takes events; each target is named by its ARN."""

    def send(self, target: Mapping[str, Any], text: str) -> None:
        """Hand a text to a target.

        Raises:
            LookupError: There is no such target.
        """
        ...


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An event that a target did not take and that went to no dead-letter queue.

    Attributes:
        rule: ARN.
    """

    rule: str
    target: str
    reason: str


@dataclass(slots=True)
class Buses:
    """All buses.

    Attributes:
        seen: Every event with the place and the bus that it was put on, in order.
        undelivered: What was lost; a rehearsal fails if there is any.
    """

    targets: Targets
    seen: list[tuple[Place, str, Event]] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)

    def emit(
        self,
        place: Place,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: tuple[str, ...] = (),
    ) -> Event:
        """Put an event of a service on an account's default bus, and return it."""
        event = new_event(place.account, place.region, source, detail_type, detail, resources)
        self.put(place, "default", event)
        return event

    def put(self, place: Place, bus: str, event: Event) -> None:
        """Put an event on a bus, as it is: what is forwarded keeps its account and its id."""
        found = events_backends[place.account][place.region].event_buses.get(bus)
        if found is None:
            raise LookupError(f"there is no event bus {bus} in {place.account}")
        self.seen.append((place, bus, event))
        for rule in list(found.rules.values()):
            if rule.state == "ENABLED" and _matches(rule, event):
                for target in list(rule.targets):
                    self._deliver(rule.arn, target, event)

    def _deliver(self, rule: str, target: Mapping[str, Any], event: Event) -> None:
        arn = str(target["Arn"])
        try:
            if ":event-bus/" in arn:
                there = Place(account_of(arn), arn.split(":")[3])
                self.put(there, arn.rpartition("/")[2], event)
            else:
                self.targets.send(target, target_input(target, event))
        except LookupError as error:
            dead = str((target.get("DeadLetterConfig") or {}).get("Arn") or "")
            if not dead:
                self.undelivered.append(Undelivered(rule, arn, str(error)))
                return
            self.targets.send({"Arn": dead}, json.dumps(event))


def _matches(rule: Rule, event: Event) -> bool:
    plain: Any = event
    return bool(rule.event_pattern.matches_event(plain))


def new_event(
    account: str,
    region: str,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: tuple[str, ...] = (),
) -> Event:
    """Return an event with an id of its own."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }


@contextlib.contextmanager
def served(buses: Buses) -> Iterator[None]:
    """Let PutEvents put on these buses, also on those of other accounts by their ARNs."""

    def put_events(self: EventsHandler) -> str:
        place = place_of(self)
        answers = [_put(buses, place, entry) for entry in self._get_param("Entries")]
        failed = sum("ErrorCode" in each for each in answers)
        return json.dumps({"FailedEntryCount": failed, "Entries": answers})

    with patch.object(EventsHandler, "put_events", put_events):
        yield


def _put(buses: Buses, caller: Place, entry: Mapping[str, Any]) -> Mapping[str, str]:
    named = str(entry.get("EventBusName") or "default")
    there = Place(account_of(named), named.split(":")[3]) if account_of(named) else caller
    if str(entry.get("Source")).startswith("aws."):
        return _refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
        if not entry.get("DetailType") or not isinstance(detail, dict):
            return _refused("InvalidArgument", "Parameter DetailType or Detail is not valid.")
    except (KeyError, ValueError):
        return _refused("MalformedDetail", "Detail is malformed.")
    event = new_event(
        caller.account,
        caller.region,
        str(entry["Source"]),
        str(entry["DetailType"]),
        detail,
        tuple(entry.get("Resources") or ()),
    )
    try:
        buses.put(there, named.rpartition("/")[2], event)
    except LookupError as error:
        return _refused("ResourceNotFoundException", str(error))
    return {"EventId": str(event["id"])}


def _refused(code: str, message: str) -> Mapping[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}
