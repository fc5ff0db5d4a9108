"""In whatever order approvals are told, whenever the deployer is killed, no older model wins."""

import contextlib
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from killing import Killed, recorded_calls
from openings import LIVE, opening, pass_trial
from workload import CONTEXT, MakeWorkload, Workload, delivered

from infra.runtime.deployer.handler import handle

EXAMPLES = settings(
    max_examples=10,
    # A failure here takes minutes to make small: it is looked for by hand, with more examples.
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
VERSIONS = ("1", "2")
approve = st.tuples(st.just("approve"), st.sampled_from(VERSIONS))
deliver = st.tuples(st.just("deliver"), st.integers(0, 5), st.integers(0, 22))
end = st.tuples(st.just("end"), st.sampled_from(["Succeeded", "Failed"]), st.integers(0, 12))
steps_in_production = st.lists(st.one_of(approve, deliver, deliver), min_size=2, max_size=7)
steps_on_trial = st.lists(st.one_of(approve, deliver, deliver, end), min_size=2, max_size=7)


def take(event: Any, kill_before: int = 0) -> None:
    """Deliver an event; the handler may be killed before a call of this number."""
    with contextlib.suppress(Killed), recorded_calls(kill_before):
        handle(delivered(event), CONTEXT)


def states(world: Workload) -> dict[str, set[str]]:
    """Return the times of the approvals that are in each state."""
    found: dict[str, set[str]] = {}
    for (pk, sk), item in world.items().items():
        if pk.startswith("promotion#"):
            found.setdefault(item["state"], set()).add(sk)
    return found


@EXAMPLES
@given(steps=steps_in_production)
def test_the_newest_approval_whose_door_opened_is_live(make: MakeWorkload, steps: Any) -> None:
    prod = make("prod")
    versions = {note: prod.register(note) for note in VERSIONS}
    openings: list[Any] = []
    live = ""
    for step in [("approve", "1"), ("approve", "2"), *steps]:
        if step[0] == "approve":
            arn, hours = versions[step[1]], float(len(openings))
            prod.decide(arn, hours=hours)
            pass_trial(prod, arn, hours, note=step[1])
            openings.append(opening(prod, arn, hours))
            continue
        take(openings[step[1] % len(openings)], step[2])
        found = prod.items().get(LIVE, {}).get("approved_at", "")
        assert found >= live, "an older approval took the place of a newer one"
        live = found
    for event in openings:
        take(event)
    found = states(prod)
    assert found.keys() <= {"live", "superseded", "refused"}
    assert prod.items()[LIVE]["approved_at"] == max(found["live"])
    assert openings[-1]["detail"]["approved_at"] == max(found["live"])
    kept = {key.rpartition("/")[2].removesuffix(".json") for key in prod.state()["ledger"]}
    assert kept == found["live"]


@EXAMPLES
@given(steps=steps_on_trial)
def test_the_newest_approval_is_the_one_that_is_passed_on(make: MakeWorkload, steps: Any) -> None:
    world = make()
    versions = {note: world.register(note) for note in VERSIONS}
    events: list[Any] = []
    for step in [("approve", "1"), ("approve", "2"), *steps]:
        if step[0] == "approve":
            events.append(world.decide(versions[step[1]], hours=float(len(events))))
        elif step[0] == "deliver":
            take(events[step[1] % len(events)], step[2])
        else:
            for each in world.executions():
                if each.pipeline_execution_status == "Executing":
                    take(world.end(each.arn, step[1]), step[2])
    for event in events:
        take(event)
    for each in world.executions():
        ended = each.pipeline_execution_status != "Executing"
        take(world.end(each.arn, each.pipeline_execution_status if ended else "Succeeded"))
    found = states(world)
    # One that was accepted when the deployer was killed stays so where its version was approved
    # anew since: its event is refused, and the new approval goes its own way.
    assert found.keys() <= {"accepted", "passed", "failed", "superseded", "refused"}
    sent = [each["detail"]["approved_at"] for each in world.sent()]
    # One that had passed when the deployer was killed may be told late: production, which takes
    # no approval older than its own, tells it apart by its time.
    assert set(sent) == found.get("passed", set())
    newest = world.items()["group#fraud", "newest"]["approved_at"]
    assert newest == max(found.get("passed", set()) | found.get("failed", set()))
