"""Brings a library in without another one that it would only wrap."""

import importlib
import sys


def import_without(module: str, left_out: str) -> None:
    """Import a module as it is where another one is not installed.

    XGBoost loads in a quarter of the time without scikit-learn, whose classes it would wrap and the
    server never uses; a model that needs scikit-learn still imports it later. Nothing happens where
    either is loaded already.
    """
    if module in sys.modules or left_out in sys.modules:
        return
    sys.modules[left_out] = None  # type: ignore[assignment]  # makes its import fail
    try:
        importlib.import_module(module)
    finally:
        del sys.modules[left_out]
