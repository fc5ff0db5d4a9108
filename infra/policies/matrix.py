"""A table of principals against what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.policies.decision import Decision, Outcome
from infra.policies.estate import Estate
from infra.policies.principal import Principal
from infra.policies.question import Question

_CELLS = {Outcome.ALLOWED: "yes", Outcome.IMPLICIT_DENY: "·", Outcome.EXPLICIT_DENY: "never"}


@dataclass(frozen=True, slots=True)
class Matrix:
    """Decisions for every principal and question. Make one with `matrix`.

    Attributes:
        principals: The columns.
        questions: The rows.
        decisions: A row for each question, in it a decision for each principal.
    """

    principals: tuple[Principal, ...]
    questions: tuple[Question, ...]
    decisions: tuple[tuple[Decision, ...], ...]

    def markdown(self) -> str:
        """Return the table: `yes`, `·` for what nothing allows, `never` for what a Deny forbids."""
        columns = [_short(each) for each in self.principals]
        twice = {each for each in columns if columns.count(each) > 1}
        columns = [
            f"{column} ({principal.account})" if column in twice else column
            for column, principal in zip(columns, self.principals, strict=True)
        ]
        rows = [
            [
                f"`{question.action}`",
                question.name or f"`{question.resource}`",
                _conditions(question),
                *(_CELLS[decision.outcome] for decision in decisions),
            ]
            for question, decisions in zip(self.questions, self.decisions, strict=True)
        ]
        header = ["action", "resource", "given", *columns]
        rule = ["---"] * 3 + [":-:"] * len(columns)
        lines = [f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)]
        return "\n".join(lines) + "\n"


def matrix(
    estate: Estate, principals: Iterable[Principal], questions: Iterable[Question]
) -> Matrix:
    """Decide everything that principals could ask.

    The order of the table does not depend on the order of what is given: principals by account and
    ARN, questions by action, resource and context.
    """
    columns = tuple(
        sorted(set(principals), key=lambda each: (each.account, each.arn, each.session))
    )
    rows = tuple(
        sorted(questions, key=lambda each: (each.action, each.resource, _conditions(each)))
    )
    decisions = tuple(
        tuple(estate.decide(question.of(principal)) for principal in columns) for question in rows
    )
    return Matrix(columns, rows, decisions)


def _short(principal: Principal) -> str:
    session = f" as {principal.session}" if principal.session not in ("", "session") else ""
    return f"{principal.name}{session}"


def _conditions(question: Question) -> str:
    given = [
        f"`{key}={value if isinstance(value, str) else ','.join(value)}`"
        for key, value in sorted(question.context.items())
    ]
    return ", ".join([*given, "anything"] if question.any_context else given)
