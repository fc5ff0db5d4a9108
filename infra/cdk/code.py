"""The folder that Lambda runs: our functions and the one library they need, as locked."""

from __future__ import annotations

import shutil
from importlib.metadata import distribution
from pathlib import Path

_RUNTIME = Path(__file__).resolve().parents[1] / "runtime"
_LIBRARIES = {
    "aws-lambda-powertools": "aws_lambda_powertools",
    "jmespath": "jmespath",
    "typing-extensions": "typing_extensions.py",
}
"""Distributions and what they install; boto3 is part of Lambda's runtime."""


def write_code(folder: Path) -> Path:
    """Fill a new folder with what is shipped; equal sources give equal bytes."""
    infra = folder / "infra"
    infra.mkdir(parents=True)
    shutil.copy2(_RUNTIME.parent / "__init__.py", infra)
    without_bytecode = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(_RUNTIME, infra / "runtime", ignore=without_bytecode)
    for name, installed in _LIBRARIES.items():
        source = Path(str(distribution(name).locate_file(installed)))
        if source.is_dir():
            shutil.copytree(source, folder / installed, ignore=without_bytecode)
        else:
            shutil.copy2(source, folder / installed)
    return folder
