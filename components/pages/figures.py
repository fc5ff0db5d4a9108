"""Numbers as people read them."""

import math

MISSING = "\N{EN DASH}"
"""Stands where there is no value."""


def number(value: float | None, places: int = 3) -> str:
    """Return `0.412`, `1,234.5`, `2.1e-05`, or a dash where there is no value."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    if size and size < 10.0**-places:
        return f"{value:.1e}"
    if size >= 1000:
        return f"{value:,.1f}"
    return f"{value:.{places}f}"


def signed(value: float | None, places: int = 3) -> str:
    """Return `+0.021`, `-0.003`, `0.000`, or a dash where there is no value."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{'+' if value > 0 else ''}{number(value, places)}"


def count(value: int) -> str:
    """Return `58,264`."""
    return f"{value:,}"


def percent(value: float | None) -> str:
    """Return `0.84 %`."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{100 * value:.2f} %"


def words(name: str) -> str:
    """Return `average precision` for `average_precision`; acronyms in capitals."""
    parts = name.replace("@", " at ").split("_")
    return " ".join(_ACRONYMS.get(part, part) for part in parts)


_ACRONYMS = {
    "roc": "ROC",
    "auc": "AUC",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "f1": "F1",
    "xgboost": "XGBoost",
    "brier": "Brier",
}
