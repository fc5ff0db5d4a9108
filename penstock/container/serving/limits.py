"""What the server takes at a time, as the service's variables say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.container.failures import AdapterError

PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"
PAYLOAD_VARIABLE = "SAGEMAKER_MAX_PAYLOAD_IN_MB"
CONCURRENCY_VARIABLE = "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"
STRATEGY_VARIABLE = "SAGEMAKER_BATCH_STRATEGY"

_MEGABYTE = 1 << 20
_MOST_CONCURRENT = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one server.

    Attributes:
        port: TCP port.
        payload_mb: Largest body in megabytes; 0: any size.
        concurrency: Requests that are worked on at a time; others wait.
        strategy: `MultiRecord` or `SingleRecord`, for `/execution-parameters`.
    """

    port: int = 8080
    payload_mb: int = 6
    concurrency: int = 2
    strategy: str = "MultiRecord"

    @property
    def payload_bytes(self) -> int | None:
        """Largest body in bytes; None: any size."""
        return self.payload_mb * _MEGABYTE or None


def limits_of(environment: Mapping[str, str], cores: int) -> Limits:
    """Read the limits.

    Args:
        environment: The container's variables.
        cores: Of the machine: so many requests are worked on at a time where nothing says more.

    Raises:
        AdapterError: A variable is not what the service sets.
    """

    def number(name: str, default: int, low: int, high: int) -> int:
        text = environment.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise AdapterError(f"{name} is {text!r}. Use a whole number from {low} to {high}.")
        return int(text)

    return Limits(
        port=number(PORT_VARIABLE, 8080, 1, 65_535),
        payload_mb=number(PAYLOAD_VARIABLE, 6, 0, 100),
        concurrency=number(CONCURRENCY_VARIABLE, max(1, min(cores, _MOST_CONCURRENT)), 0, 1_000)
        or 1,
        strategy=environment.get(STRATEGY_VARIABLE) or "MultiRecord",
    )
