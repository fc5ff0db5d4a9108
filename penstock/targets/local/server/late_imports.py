"""Loads what the functions of a module import late, as a call of them would."""

from __future__ import annotations

import dis
import importlib
import sys
import traceback
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple


class _Import(NamedTuple):
    module: str
    names: tuple[str, ...]
    late: bool


def load_late_imports(name: str) -> None:
    """Load what the functions of a loaded module import, and those of its own package's modules.

    Late imports keep a command quick that needs no library; a process that jobs are forked from
    pays for them once. What cannot be loaded fails in the job that needs it, where its reader
    looks. Modules of other packages are loaded, and their functions left alone.

    Args:
        name: The module; its package is the part before the first dot.
    """
    package = name.partition(".")[0]
    waiting, seen = [name], {name}
    while waiting:
        for found in _imports(waiting.pop()):
            for module in _loaded(found):
                if module.partition(".")[0] == package and module not in seen:
                    seen.add(module)
                    waiting.append(module)


def _loaded(found: _Import) -> list[str]:
    if found.late:
        try:
            __import__(found.module, fromlist=found.names)
        except BaseException:  # noqa: BLE001  # even SystemExit
            traceback.print_exc()
    inner = (f"{found.module}.{name}" for name in found.names)
    return [module for module in (found.module, *inner) if module in sys.modules]


def _imports(name: str) -> Iterator[_Import]:
    """Yield what the compiled code of a module imports; relative imports are left out."""
    specification = importlib.import_module(name).__spec__
    get_code = getattr(specification and specification.loader, "get_code", None)
    code = get_code(name) if get_code else None
    if code is not None:
        yield from _imports_of(code, late=False)


def _imports_of(code: CodeType, *, late: bool) -> Iterator[_Import]:
    instructions = list(dis.get_instructions(code))
    for level, names, instruction in zip(
        instructions, instructions[1:], instructions[2:], strict=False
    ):
        if instruction.opname == "IMPORT_NAME" and level.argval == 0:
            yield _Import(instruction.argval, tuple(names.argval or ()), late)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            # A class body runs with its module; what it defines does not.
            yield from _imports_of(constant, late=late or bool(constant.co_flags & _IS_FUNCTION))


_IS_FUNCTION = 0x2
"""`CO_NEWLOCALS`: set for functions, not for the bodies of classes and modules."""
