"""What the templates are held to."""

from __future__ import annotations

import aws_cdk as cdk


def add_validations(app: cdk.App) -> None:
    """Add the checks of AWS's solutions and our own."""
