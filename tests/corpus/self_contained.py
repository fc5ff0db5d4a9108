"""Tells which compiled pipelines hold no more than self-contained Python.

Every task of such a pipeline is a Python function whose source travels in the pipeline: no other
image's tools, no cloud storage, no Kubernetes. What it needs beyond that (packages, the network,
an artifact from outside) may still be missing here: see `obstacles`.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_RUNS_KFP = "kfp.dsl.executor_main"
_INLINE = "ephemeral_component.py"
_INSTALL = re.compile(r"-m\s+pip\s+install\b[^&\n]*")
_QUOTED = re.compile(r"'([^']*)'")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_NETWORK = re.compile(
    r"\b(?:requests|urllib\.request|urllib3|boto3|minio|http\.client|kubernetes|google\.cloud)\b"
)
_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://")
_HARMLESS_ON_KUBERNETES = {
    "activeDeadlineSeconds",
    "imagePullPolicy",
    "imagePullSecret",
    "nodeSelector",
    "podMetadata",
    "securityContext",
    "tolerations",
    "nodeAffinity",
    "podAffinity",
    "enabledSharedMemory",
}


def reasons_against(documents: list[dict[str, Any]]) -> list[str]:
    """Return why a pipeline needs more than Python; nothing if it does not.

    Args:
        documents: The YAML documents of a compiled pipeline: its specification and, where there
            is one, its platform specification.
    """
    found: list[str] = []
    for task, executor in _executors(documents):
        if "container" in executor:
            found += [f"{task}: {reason}" for reason in _beyond_python(executor["container"])]
        elif "importer" in executor:
            reasons = _of_importer(executor["importer"], _defaults(documents[0]))
            found += [f"{task}: {reason}" for reason in reasons]
    for document in documents[1:]:
        found += _of_platforms(document)
    return list(dict.fromkeys(found))


def obstacles(documents: list[dict[str, Any]]) -> list[str]:
    """Return what a pipeline of Python alone needs that is not here: packages, network, data."""
    found: list[str] = []
    for task, executor in _executors(documents):
        if "container" in executor:
            found += [f"{task}: {reason}" for reason in _not_here(executor["container"])]
    inputs = documents[0]["root"].get("inputDefinitions", {})
    found += [
        f"the pipeline takes the artifact {name}, and the corpus holds none"
        for name, slot in inputs.get("artifacts", {}).items()
        if not slot.get("isOptional")
    ]
    return list(dict.fromkeys(found))


def _executors(documents: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    executors = documents[0].get("deploymentSpec", {}).get("executors", {})
    for label, executor in executors.items():
        yield label.removeprefix("exec-"), executor


def installed_requirements(command: list[str]) -> tuple[list[str], list[str]]:
    """Return what a command installs that is here, in any version, and what is not."""
    here: list[str] = []
    absent: list[str] = []
    for text in command:
        for statement in _INSTALL.findall(text):
            for requirement in _QUOTED.findall(statement):
                if not _NAME.match(requirement) or "python_version" in requirement:
                    continue
                (here if _is_installed(requirement) else absent).append(requirement)
    return here, absent


def _beyond_python(container: dict[str, Any]) -> Iterator[str]:
    command = [str(word) for word in container.get("command", [])]
    if not any(_RUNS_KFP in word for word in command):
        yield f"a command of the image {container.get('image')}, no Python function"
    elif not any(_INLINE in word for word in command):
        yield f"its code is in the image {container.get('image')} alone"


def _not_here(container: dict[str, Any]) -> Iterator[str]:
    command = [str(word) for word in container.get("command", [])]
    _, absent = installed_requirements(command)
    if absent:
        yield f"{', '.join(absent)}, which is not installed here"
    source = command[-1]
    missing = sorted({name for name in _imports(source) if not _is_importable(name)})
    if missing and not absent:
        yield f"the import of {', '.join(missing)}, which is not installed here"
    services = sorted(set(_NETWORK.findall(source)))
    if services:
        yield f"the network, by {', '.join(services)}"


def _of_importer(importer: dict[str, Any], defaults: list[str]) -> Iterator[str]:
    constant = str(importer.get("artifactUri", {}).get("constant", ""))
    for uri in [constant] if constant else defaults:
        if _REMOTE.match(uri):
            yield f"imports {uri}"


def _defaults(specification: dict[str, Any]) -> list[str]:
    inputs = specification["root"].get("inputDefinitions", {}).get("parameters", {})
    return [str(declared.get("defaultValue", "")) for declared in inputs.values()]


def _of_platforms(document: dict[str, Any]) -> Iterator[str]:
    kubernetes = document.get("platforms", {}).get("kubernetes", {})
    executors = kubernetes.get("deploymentSpec", {}).get("executors", {})
    for label, settings in executors.items():
        for name in sorted(set(settings) - _HARMLESS_ON_KUBERNETES):
            yield f"{label.removeprefix('exec-')}: needs {name} of Kubernetes"


def _imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _is_importable(name: str) -> bool:
    return name in sys.stdlib_module_names or importlib.util.find_spec(name) is not None


def _is_installed(requirement: str) -> bool:
    match = _NAME.match(requirement)
    assert match is not None
    # The default install brings XGBoost's build without CUDA, under a name of its own.
    names = {"xgboost": ("xgboost", "xgboost-cpu")}.get(match[0].lower(), (match[0],))
    for name in names:
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return True
    return False


def corpus_files(corpus: Path) -> list[Path]:
    """Return the compiled pipelines of a checkout."""
    return sorted(corpus.rglob("*.yaml"))
