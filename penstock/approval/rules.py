"""What a decision needs: the stages in their order, and the keys that count."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.approval.port import LOCAL
from penstock.approval.signing.trust import TrustedKey
from penstock.errors import Problem, RequestError

RULES_FILE = "approvals.yaml"
LOCAL_RULES = "local"
"""Stands for the digest of the rules where there is no file."""

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage asks for.

    Attributes:
        name: Its name.
        approvers: How many different people have to approve, 1 or 2.
        author_may_approve: Whether who started the run that made a candidate counts as one.
        days: How long an approval counts towards going live; None: without end.
        who: Names of those who may decide here; empty: anyone.
        after: Stage where a version has to have been live before; empty: none.
    """

    name: str
    approvers: int = 1
    author_may_approve: bool = False
    days: int | None = DEFAULT_DAYS
    who: Sequence[str] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force.

    Attributes:
        stages: In their order.
        keys: That count; empty: the signer's own.
        digest: SHA-256 of the file they were read from, or `LOCAL_RULES`.
        file: That file, for messages; empty: there is none.
    """

    stages: Sequence[Stage] = (Stage(LOCAL, author_may_approve=True),)
    keys: Sequence[TrustedKey] = ()
    digest: str = LOCAL_RULES
    file: str = ""

    def stage(self, name: str) -> Stage:
        """Return the rules of a stage.

        Raises:
            RequestError: There is none of that name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        names = ", ".join(each.name for each in self.stages)
        what = f"there is no stage {name!r}."
        raise RequestError(Problem(what, self.file, f"Use one of: {names}."))
