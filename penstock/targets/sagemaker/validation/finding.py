"""What a check found: a problem and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from penstock.errors import Problem


class Severity(Enum):
    """An error is refused by SageMaker or can never work; a warning may be meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """A problem of a definition with its severity."""

    severity: Severity = Severity.ERROR


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings for which a definition is refused."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def warnings_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that leave a definition accepted."""
    return [finding for finding in findings if finding.severity is Severity.WARNING]


class Report:
    """Collects findings in the order of the document."""

    def __init__(self, document: str) -> None:
        self._document = document
        self.findings: list[Finding] = []

    def error(self, path: str, what: str, remedy: str) -> None:
        """Record an error at a path inside the document."""
        self._add(path, what, remedy, Severity.ERROR)

    def warning(self, path: str, what: str, remedy: str) -> None:
        """Record a warning at a path inside the document."""
        self._add(path, what, remedy, Severity.WARNING)

    def _add(self, path: str, what: str, remedy: str, severity: Severity) -> None:
        where = ": ".join(part for part in (self._document, path) if part)
        finding = Finding(what=what, where=where, remedy=remedy, severity=severity)
        if finding not in self.findings:
            self.findings.append(finding)
