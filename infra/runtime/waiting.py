"""What the queue delivers again, as it may well go on later."""

from __future__ import annotations

from infra.runtime.errors import RuntimeFault


class NotYet(RuntimeFault):
    """Something that is needed is not there yet."""
