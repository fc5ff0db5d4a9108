"""The launcher of a run's jobs, with what they load on its way."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.targets.local.definition import Definition
from penstock.targets.local.jobs.container import component_modules
from penstock.targets.local.jobs.launch import Launcher
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher
from penstock.targets.local.steps.registration import MODULE as REGISTRATION_MODULE


def launcher_of(definition: Definition, isolation: str, project: Path) -> Launcher:
    """Return the launcher of an isolation; the warm server loads what the steps need meanwhile."""
    if isolation == "subprocess" or not hasattr(os, "fork"):
        return SubprocessLauncher()
    from penstock.targets.local.server import WarmLauncher

    launcher = WarmLauncher(project)
    for modules in _modules(definition):
        launcher.preload(modules)
    return launcher


def _modules(definition: Definition) -> list[list[str]]:
    """Return the modules that jobs of this definition load; each list can be loaded on its own.

    The components' are in the order of the steps, as most share libraries. A registration shares
    none with them, and loads its own while they run.
    """
    components: dict[str, None] = {}
    registers = False
    for step in definition.steps.values():
        registers = registers or step.type == "RegisterModel"
        for part in ("AppSpecification", "AlgorithmSpecification"):
            arguments = (step.arguments.get(part) or {}).get("ContainerArguments") or []
            components |= dict.fromkeys(
                component_modules([text for text in arguments if isinstance(text, str)])
            )
    return [list(components)] + ([[REGISTRATION_MODULE]] if registers else [])
