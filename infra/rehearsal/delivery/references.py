"""`#{…}` in the configuration of an action.

Source: CodePipeline's user guide, "Variables reference".
"""

from __future__ import annotations

import re

from infra.rehearsal.delivery.execution import DeliveryExecution

_REFERENCE = re.compile(r"#\{([^.}]+)\.([^}]+)\}")


class UnknownReferenceError(Exception):
    """A reference names nothing that was given out."""


def resolved(text: str, execution: DeliveryExecution) -> str:
    """Return a text with the values of its references.

    Raises:
        UnknownReferenceError: One names nothing.
    """
    known = {
        "codepipeline": {"PipelineExecutionId": execution.id},
        "variables": execution.variables,
        **execution.namespaces,
    }

    def value(found: re.Match[str]) -> str:
        namespace, name = found.groups()
        if name not in known.get(namespace, {}):
            raise UnknownReferenceError(f"{found.group(0)} names nothing.")
        return str(known[namespace][name])

    return _REFERENCE.sub(value, text)
