"""Where a policy statement stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a resource of a template.

    Attributes:
        stack: Name of the template; empty: the document was given by itself.
        logical_id: Of the resource; of a document given by itself: what it was called.
        path: Keys and indices from the resource down, such as `("Properties", "Policies", 0)`.
    """

    stack: str
    logical_id: str
    path: tuple[str | int, ...] = ()

    def at(self, *parts: str | int) -> Place:
        """Return the place further down."""
        return Place(self.stack, self.logical_id, (*self.path, *parts))

    def __str__(self) -> str:
        resource = f"{self.stack}/{self.logical_id}" if self.stack else self.logical_id
        steps = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path]
        return f"{resource} {''.join(steps).removeprefix('.')}".rstrip()
