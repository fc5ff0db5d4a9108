"""What a registry is told of decisions, for other tools to see."""

from collections.abc import Iterable, Iterator, Mapping

from penstock.approval.state import StageState, States
from penstock.errors import PenstockError, Problem
from penstock.registry.port import Registry, Status

_NOTHING = "none"


def notice_of(states: States, group: str, version: int) -> tuple[Status, Mapping[str, str]]:
    """Return the status and the properties by which a version shows where it stands."""
    mine = {stage: state for (name, stage), state in states.items() if name == group}
    about = [state.last[version] for state in mine.values() if version in state.last]
    live_at = sorted(stage for stage, state in mine.items() if state.live_version == version)
    by = {name for state in mine.values() for name in _approvers(state, version)}
    entry = max((each.sequence for each in about), default=0)
    return _status(mine.values(), version, bool(live_at)), {
        "live_at": ", ".join(live_at) or _NOTHING,
        "approved_by": ", ".join(sorted(by)) or _NOTHING,
        "approval_entry": str(entry) if entry else _NOTHING,
    }


def tell(registry: Registry, states: States, group: str, versions: Iterable[int]) -> list[Problem]:
    """Tell a registry where versions stand, if it does not show that already.

    Returns:
        Why it could not be told; what was decided stands all the same.
    """
    return [
        problem
        for version in sorted(set(versions))
        for problem in _told(registry, states, group, version)
    ]


def decided_versions(states: States, group: str) -> set[int]:
    """Return the versions of a group that anything was decided about."""
    return {
        version for (name, _), state in states.items() if name == group for version in state.last
    }


def _told(registry: Registry, states: States, group: str, version: int) -> Iterator[Problem]:
    status, properties = notice_of(states, group, version)
    try:
        shown = registry.describe(group, version)
        if shown.status != status or not properties.items() <= shown.properties.items():
            registry.mark(group, version, status, properties)
    except PenstockError as error:
        yield from error.problems
    except OSError as error:
        yield Problem(f"{error.strerror or error}.", str(error.filename or ""))


def _status(states: Iterable[StageState], version: int, is_live: bool) -> Status:
    several = list(states)
    if is_live:
        return "approved"
    if any(version in state.rejected for state in several):
        return "rejected"
    if any(version in state.were_live for state in several):
        return "archived"
    last = [state.last[version].action for state in several if version in state.last]
    return "rejected" if "flag" in last else "pending"


def _approvers(state: StageState, version: int) -> Iterator[str]:
    if state.live_version == version:
        live = state.live()
        yield from live.approved_by if live else ()
    for entry in state.approvals.get(version, ()):
        yield entry.actor.name
