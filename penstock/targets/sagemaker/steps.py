"""A pipeline flattened: steps without graphs, loops or choices between branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.ir.json_values import JsonObject
from penstock.ir.pipeline import Container, Interface, Task
from penstock.targets.sagemaker.scopes import Scope
from penstock.targets.sagemaker.values import ArtifactValue, Value


@dataclass(frozen=True, slots=True)
class Step:
    """One run of one container.

    `path` is unique and says where the task stands (`root/for-loop-1[0]/train`); `where` is what
    messages name: the line that wires the task if it is known, else the path. `context` holds
    every value that a placeholder of the container may name, `parameters` those that the component
    declares.
    """

    path: str
    where: str
    task: Task
    interface: Interface
    container: Container
    settings: JsonObject
    context: Mapping[str, Value]
    parameters: Mapping[str, Value]
    artifacts: Mapping[str, ArtifactValue]
    scope: Scope | None
    after: tuple[str, ...]
    after_any: tuple[str, ...]

    @property
    def kind(self) -> str:
        """`processing`, `training`, `transform`, `register`, `fail`; empty for a foreign one."""
        step = self.settings.get("step", "")
        return step if isinstance(step, str) else ""
