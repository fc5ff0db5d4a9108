"""Policies out of CloudFormation templates."""

from infra.policies.templates.encrypted import read_keys
from infra.policies.templates.loader import load_estate
from infra.policies.templates.template import Template

__all__ = ["Template", "load_estate", "read_keys"]
