"""Where pipelines live: `environments.yaml`, read once into frozen settings."""

from penstock.environments.environment import Environment
from penstock.environments.environments import Environments
from penstock.environments.loader import ENVIRONMENTS_FILE, load_environments, parse_environments
from penstock.environments.schema import json_schema

__all__ = [
    "ENVIRONMENTS_FILE",
    "Environment",
    "Environments",
    "json_schema",
    "load_environments",
    "parse_environments",
]
