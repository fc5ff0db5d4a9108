"""Which modules the jobs of a pipeline will load, read from its source: compiling takes longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_COMPONENTS = "components"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will probably be loaded.

    Attributes:
        components: Modules of the components that run as jobs, in the order of their first call.
        registers: Whether a model is registered, which the engine does itself.
    """

    components: tuple[str, ...] = ()
    registers: bool = False


def forecast(project: Path, pipeline: str) -> Forecast:
    """Read which components a pipeline file calls; nothing is known of one that cannot be read.

    Args:
        project: The folder that holds `pipelines/` and `components/`.
        pipeline: Name of the pipeline.
    """
    tree = _parsed(project / "pipelines" / pipeline / "pipeline.py")
    modules = {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{_COMPONENTS}.")
        for alias in node.names
    }
    called = sorted(
        (node.lineno, node.col_offset, modules[node.func.id])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in modules
    )
    kinds = {
        module: set(_kinds(project / f"{str(module).replace('.', '/')}.py"))
        for _, _, module in called
    }
    return Forecast(
        tuple(str(module) for module, kind in kinds.items() if "register" not in kind),
        any("register" in kind for kind in kinds.values()),
    )


def _kinds(file: Path) -> Iterator[str]:
    """Yield what the decorators of a component's file say of its kind."""
    for node in ast.walk(_parsed(file)):
        for decorator in getattr(node, "decorator_list", ()):
            for keyword in getattr(decorator, "keywords", ()):
                if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def _parsed(file: Path) -> ast.Module:
    with suppress(OSError, ValueError, SyntaxError):
        return ast.parse(file.read_bytes())
    return ast.Module([], [])
