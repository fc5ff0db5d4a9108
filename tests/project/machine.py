"""What a build takes from the machine it runs on."""

import os
import re

_REACHING = re.compile(r"(PIP_|UV_|SSL_|REQUESTS_|XDG_)\w*|(?i:https?_proxy|no_proxy)|HOME")


def machine_environment() -> dict[str, str]:
    """Return how this machine reaches its package index, and nothing else of its environment."""
    return {name: value for name, value in os.environ.items() if _REACHING.fullmatch(name)}
