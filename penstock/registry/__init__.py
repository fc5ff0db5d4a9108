"""Where models are registered: one port, an adapter for each registry."""

from penstock.registry.opening import check_address, default_uri, open_registry
from penstock.registry.port import Candidate, Description, Registered, Registry, newest

__all__ = [
    "Candidate",
    "Description",
    "Registered",
    "Registry",
    "check_address",
    "default_uri",
    "newest",
    "open_registry",
]
