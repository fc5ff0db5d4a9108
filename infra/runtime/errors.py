"""Every error of ours in Lambda.

RuntimeFault
├── Refused         repeating cannot mend it: told, and not tried again
└── SettingsError   the function was deployed wrong: tried again, as it may be mended meanwhile
"""

from __future__ import annotations

from collections.abc import Sequence


class RuntimeFault(Exception):  # noqa: N818  # what it is the base of is no error of the code
    """Base of what is told without a traceback."""


class Refused(RuntimeFault):
    """What was asked for is refused, and would be again.

    Attributes:
        what: What is wrong.
        where: The resource that it is wrong with; may be empty.
        remedy: How to mend it; may be empty.
    """

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f"{where}: " if where else ""
        mend = f" {remedy}" if remedy else ""
        super().__init__(f"{place}{what}{mend}")


class SettingsError(RuntimeFault):
    """Variables of the environment are missing or wrong; every one of them is told, one a line."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))
