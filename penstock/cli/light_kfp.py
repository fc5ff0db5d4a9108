"""Loads KFP's compiler without KFP's client.

`import kfp` also loads the clients of Kubeflow and Kubernetes and Google's credentials: 0.2 s and
some 30 MB of which compiling uses nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from typing import Any

_VARIABLE = "_KFP_RUNTIME"
"""Set where a container runs: `kfp` leaves its client out, and `kfp.dsl` its compiler."""


def load_light_kfp() -> None:
    """Import `kfp.dsl` whole, and of `kfp` the rest when somebody asks for it.

    A `kfp` that is loaded already stays as it is.
    """
    if "kfp" not in sys.modules:
        os.environ[_VARIABLE] = "true"
        try:
            kfp = importlib.import_module("kfp")
        finally:
            del os.environ[_VARIABLE]
        kfp.__dict__["__getattr__"] = _rest
    os.environ.pop(_VARIABLE, None)
    importlib.import_module("kfp.dsl")


def _rest(name: str) -> Any:
    """Return what `import kfp` would have put into the package: `Client` and its modules."""
    if name == "Client":
        return importlib.import_module("kfp.client").Client
    if name.startswith("_") or importlib.util.find_spec(f"kfp.{name}") is None:
        raise AttributeError(f"module 'kfp' has no attribute '{name}'", name=name)
    return importlib.import_module(f"kfp.{name}")
