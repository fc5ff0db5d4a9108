"""What a version says as MLflow's tags: its status, and properties under names MLflow takes."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from penstock.registry.mlflow.embedded import StoredVersion
from penstock.registry.port import Description, Registered, Status

STATUS, KEY = "status", "penstock.registration"
_PROPERTY, _METRIC = "penstock.property.", "penstock.metric."
_NOT_ALLOWED = re.compile(r"[^\w\-. /:]")
_RESERVED = ("penstock.", "mlflow.")


def as_tags(properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties as tags, with those that keep names MLflow does not take as they are."""
    return {allowed(name): value for name, value in properties.items()} | _renamed(
        _PROPERTY, properties
    )


def metric_names(metrics: Iterable[str]) -> dict[str, str]:
    """Return tags that keep the names of metrics that MLflow does not take as they are."""
    return _renamed(_METRIC, metrics)


def allowed(name: str) -> str:
    """Return a name that MLflow takes, and that is none of its own or ours."""
    safe = _NOT_ALLOWED.sub("_", name.replace("@", "_at_"))
    own = safe == STATUS or safe.startswith(_RESERVED)
    return f"property.{safe}" if own else safe


def named(group: str, number: int) -> Registered:
    """Return a version with the address that MLflow itself knows it by."""
    return Registered(group, number, f"models:/{group}/{number}")


def described(group: str, stored: StoredVersion) -> Description:
    """Return what tags and metrics say of a version."""
    tags, metrics = stored.tags, stored.metrics
    status = cast(Status, tags.get(STATUS, "pending"))
    return Description(
        named(group, stored.version),
        status,
        {
            tags.get(f"{_PROPERTY}{safe}", safe): value
            for safe, value in tags.items()
            if safe != STATUS and not safe.startswith(_RESERVED)
        },
        {stored.run_tags.get(f"{_METRIC}{safe}", safe): metrics[safe] for safe in metrics},
        _model_uri(stored),
        stored.created,
        stored.artifacts if stored.artifacts.startswith("file:") else "",
    )


def _model_uri(stored: StoredVersion) -> str:
    """Return where the model folder is: below what a version points to, or that itself."""
    if stored.location.rstrip("/") == stored.artifacts.rstrip("/"):
        return f"{stored.artifacts.rstrip('/')}/model"
    return stored.location


def _renamed(prefix: str, names: Iterable[str]) -> dict[str, str]:
    return {f"{prefix}{allowed(name)}": name for name in names if name != allowed(name)}
