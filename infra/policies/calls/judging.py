"""Whether policies allow what was called, and which of them nobody needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.policies.calls.asking import asked
from infra.policies.calls.call import Call
from infra.policies.calls.encrypting import Keys
from infra.policies.decision import Decision
from infra.policies.errors import PolicyError, Problem
from infra.policies.estate import Estate
from infra.policies.patterns import text_matches
from infra.policies.principal import Principal
from infra.policies.statement import Statement


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an estate says of calls. Make one with `judge`.

    Attributes:
        roles: That made the calls, by ARN.
        allowed: Decisions on what succeeds, each once.
        refused: Calls with the decisions on what they lack, each once.
        unused: Actions by the statement of a caller's own policies that allows them, where no call
            needed them.
    """

    roles: tuple[str, ...]
    allowed: tuple[Decision, ...]
    refused: tuple[tuple[Call, Decision], ...]
    unused: tuple[tuple[Statement, tuple[str, ...]], ...]

    @property
    def refusals(self) -> str:
        """What is refused, with the statements that decide: a text, empty if there is nothing."""
        return "\n".join(f"{call}:\n{decision}" for call, decision in self.refused)

    @property
    def surplus(self) -> str:
        """What no call needed, a line a statement."""
        return "\n".join(f"{each}: {', '.join(actions)}" for each, actions in self.unused)


def judge(estate: Estate, calls: Iterable[Call], keys: Keys) -> Judgement:
    """Ask an estate for everything that calls need.

    Raises:
        PolicyError: What an operation asks for is not known, or cannot be judged; every such
            problem is told.
    """
    allowed: dict[str, Decision] = {}
    refused: dict[str, tuple[Call, Decision]] = {}
    roles: dict[str, None] = {}
    problems: dict[Problem, None] = {}
    decided: set[tuple[Principal, str]] = set()
    for call in calls:
        if call.role not in estate.identities and not call.is_of_service:
            what, remedy = "whose call it is is not known.", "Give the template of the role."
            problems[Problem(what, str(call), remedy)] = None
            continue
        if not call.is_of_service:
            roles[call.role] = None
        try:
            for question in asked(call, keys):
                asking = (call.principal, repr(question))
                if asking in decided:
                    continue
                decided.add(asking)
                decision = estate.decide(question.of(call.principal))
                if decision.is_allowed:
                    allowed.setdefault(str(decision.request), decision)
                else:
                    refused.setdefault(str(decision.request), (call, decision))
        except PolicyError as error:
            problems |= {
                Problem(each.what, each.where or str(call), each.remedy): None
                for each in error.problems
            }
    if problems:
        raise PolicyError(list(problems))
    return Judgement(
        tuple(sorted(roles)),
        tuple(allowed.values()),
        tuple(refused.values()),
        tuple(_unused(estate, roles, allowed.values())),
    )


def _unused(
    estate: Estate, roles: Iterable[str], allowed: Iterable[Decision]
) -> Iterable[tuple[Statement, tuple[str, ...]]]:
    needed: dict[Statement, set[str]] = {}
    for decision in allowed:
        for statement in decision.statements:
            needed.setdefault(statement, set()).add(decision.request.action)
    for role in sorted(roles):
        for policy in estate.identities[role].policies:
            for statement in policy.statements:
                actions = needed.get(statement, set())
                idle = tuple(
                    each
                    for each in statement.actions
                    if not any(text_matches(each, action, ignore_case=True) for action in actions)
                )
                if statement.allows and idle:
                    yield statement, idle
