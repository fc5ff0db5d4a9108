"""What cannot be judged."""

from __future__ import annotations

from penstock.errors import RequestError


class PolicyError(RequestError):
    """A policy, a template or a question cannot be judged as it is; nothing is guessed."""
