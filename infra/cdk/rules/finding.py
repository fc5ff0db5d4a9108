"""A template as the rules see it, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A synthesized stack.

    Attributes:
        stack: Its name, such as `penstock-prod-pipelines-fraud`.
        environment: Name of its environment, such as `prod`.
        kind: Kind of its environment, such as `prod`.
        document: The template.
        size: Bytes of its text.
        digests: SHA-256 of each pipeline's definition in the release.
        in_network: Whether the environment names a network for its jobs.
    """

    stack: str
    environment: str
    kind: str
    document: Mapping[str, Any]
    size: int
    digests: frozenset[str]
    in_network: bool = False

    @property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by logical id."""
        found: Mapping[str, Resource] = self.document.get("Resources", {})
        return found

    def of_type(self, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and properties of the resources of a type."""
        for title, resource in self.resources.items():
            if resource["Type"] == name:
                yield title, resource.get("Properties", {})


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong.

    Attributes:
        rule: Name of the rule.
        resource: Logical id; empty: the template as a whole.
        what: What is wrong with it.
        remedy: How to mend it.
    """

    rule: str
    resource: str
    what: str
    remedy: str


Rule = Callable[[Template], Iterator[Finding]]
Rules = Sequence[Rule]


def as_list(value: Any) -> list[Any]:
    """Return a value that may stand alone as a list."""
    return list(value) if isinstance(value, list) else [value]
