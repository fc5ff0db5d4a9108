"""Which modules the jobs of a pipeline will load, read from its source: compiling takes longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_COMPONENTS = "components"


def forecast(project: Path, pipeline: str) -> tuple[str, ...]:
    """Return the modules of the components that a pipeline file calls, in the order of the calls.

    Those that register are left out: the engine does their work. Nothing is known of a file that
    cannot be read.

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
    ordered = dict.fromkeys(str(module) for _, _, module in called)
    return tuple(
        module
        for module in ordered
        if "register" not in _kinds(project / f"{module.replace('.', '/')}.py")
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
