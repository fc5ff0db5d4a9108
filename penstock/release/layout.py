"""Where things stand inside a release."""

from __future__ import annotations

import re

MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
"""The manifest's digest, as `sha256sum` writes it; the manifest lists every other file."""
BILL_OF_MATERIALS = "sbom.json"
PROVENANCE = "provenance.json"
DOCUMENTS = (MANIFEST, SEAL, BILL_OF_MATERIALS, PROVENANCE)

DEFINITIONS = "definitions/"
CODE = "code/"
USE_CASES = "use_cases/"
TEMPLATES = "templates/"
FOLDERS = (DEFINITIONS, CODE, USE_CASES, TEMPLATES)

_PART = re.compile(r"[A-Za-z0-9._+@=,-]+")


def sagemaker_path(pipeline: str) -> str:
    """Return where the definition for SageMaker is; `pipeline` is such as `fraud-training`."""
    return f"{DEFINITIONS}sagemaker/{pipeline}.json"


def kubeflow_path(pipeline: str) -> str:
    """Return where the definition for Kubeflow is."""
    return f"{DEFINITIONS}kubeflow/{pipeline}.yaml"


def asset_path(key: str) -> str:
    """Return where a code asset is; `key` is its path below `CodeRoot`."""
    return f"{CODE}{key}"


def is_plain_path(path: str) -> bool:
    """Return whether a path is the same on every system and stays inside its folder."""
    parts = path.split("/")
    return all(_PART.fullmatch(part) and set(part) != {"."} for part in parts)


def shown(path: str) -> str:
    """Return a path of unknown origin as text that a terminal can be given."""
    return ascii(path)[1:-1]
