"""A sentence about what principals may do, held against an estate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from infra.policies.decision import Decision
from infra.policies.errors import PolicyError, Problem
from infra.policies.estate import Estate
from infra.policies.principal import Principal
from infra.policies.question import Question


@dataclass(frozen=True, slots=True)
class Sentence:
    """A promise, such as "no principal in dev can create a model package in the central group".

    Attributes:
        text: The promise.
        principals: Gives those that it is about, out of an estate. It is asked again for every
            loosened estate, so it has to find them there.
        questions: Gives what they are asked, out of an estate.
        given: Adds to an estate what no template holds, such as administrators.
        allowed: Whether all of it has to succeed; otherwise none of it may.
    """

    text: str
    principals: Callable[[Estate], Iterable[Principal]]
    questions: Callable[[Estate], Sequence[Question]]
    given: Callable[[Estate], Estate] = lambda estate: estate
    allowed: bool = False

    def breaches(self, estate: Estate) -> tuple[Decision, ...]:
        """Return the decisions that break the promise.

        Raises:
            PolicyError: The sentence is about nobody or asks nothing, so that it cannot be broken;
                or it promises access in any context.
        """
        estate = self.given(estate)
        questions = self.questions(estate)
        if self.allowed and any(question.any_context for question in questions):
            what = f"the sentence {self.text!r} promises access in any context."
            raise PolicyError(Problem(what, "", "Give the context that it needs."))
        decisions = [
            estate.decide(question.of(principal))
            for principal in self.principals(estate)
            for question in questions
        ]
        if not decisions:
            what = f"the sentence {self.text!r} is about nobody or asks nothing."
            raise PolicyError(Problem(what, "", "Name principals and questions."))
        return tuple(each for each in decisions if each.is_allowed is not self.allowed)

    def check(self, estate: Estate) -> None:
        """Hold the promise against an estate.

        Raises:
            AssertionError: It is broken; every breach is listed with the deciding statements.
        """
        breaches = self.breaches(estate)
        if breaches:
            listed = "\n".join(str(each) for each in breaches)
            raise AssertionError(f"Broken: {self.text}.\n{listed}")
