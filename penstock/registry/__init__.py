"""Where models are registered: one port, an adapter for each registry."""

from penstock.registry.opening import default_uri, open_registry
from penstock.registry.port import Candidate, Description, Registered, Registry

__all__ = [
    "Candidate",
    "Description",
    "Registered",
    "Registry",
    "default_uri",
    "open_registry",
]
