"""Numbers, names and times as people read them."""

import math
from datetime import UTC, datetime

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

_ACRONYMS = {
    "roc": "ROC",
    "auc": "AUC",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "f1": "F1",
    "pii": "PII",
    "xgboost": "XGBoost",
    "brier": "Brier",
    "psi": "PSI",
}


def number(value: float | None, places: int = 3) -> str:
    """Return `0.412`, `1,234.5`, `2.1e-05`, or a dash where there is no value."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    if size and size < 10.0**-places:
        written = f"{size:.1e}"
    else:
        written = f"{size:,.1f}" if size >= 1000 else f"{size:.{places}f}"
    return f"{MINUS}{written}" if value < 0 else written


def signed(value: float | None, places: int = 3) -> str:
    """Return the number with its sign, such as `+0.012`, or `0`."""
    if value is None or not math.isfinite(value):
        return MISSING
    if round(value, places) == 0 and abs(value) < 10.0 ** -(places + 2):
        return "0"
    return f"+{number(value, places)}" if value > 0 else number(value, places)


def count(value: float | None) -> str:
    """Return `58,264`."""
    return MISSING if value is None else f"{value:,.0f}"


def percent(value: float | None, places: int = 0) -> str:
    """Return `95 %`."""
    return MISSING if value is None else f"{100 * value:.{places}f}\N{NO-BREAK SPACE}%"


def confidence(value: float | None) -> str:
    """Return `95 %` or `99.9 %`."""
    return MISSING if value is None else f"{100 * value:.6g}\N{NO-BREAK SPACE}%"


def words(name: str) -> str:
    """Return `average precision` for `average_precision`; acronyms in capitals."""
    parts = name.replace("@", " at ").split("_")
    return " ".join(_ACRONYMS.get(part, part) for part in parts)


def instant(value: datetime) -> str:
    """Return `2026-11-21 10:24 UTC`."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def age(value: datetime, now: datetime) -> str:
    """Return `3 hours ago`."""
    seconds = (now - value).total_seconds()
    if seconds < 0:
        return "just now"
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            many = int(seconds // size)
            return f"{many} {name}{'' if many == 1 else 's'} ago"
    return "just now"


def short(digest: str) -> str:
    """Return the first twelve digits of a digest."""
    return digest.removeprefix("sha256:")[:12]


def plural(many: int, name: str) -> str:
    """Return `1 segment` or `3 segments`."""
    return f"{many:,} {name}{'' if many == 1 else 's'}"
