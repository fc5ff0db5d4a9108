"""KFP's placeholders in a container's command: `{{$.inputs.parameters['x']}}`, IfPresent, Concat.

Source: kfp/dsl/placeholders.py of KFP 2.
"""

from __future__ import annotations

import json
import re
from typing import Any

from penstock.container.failures import AdapterError

_KEY = r"\[(?:'([^']*)'|\"([^\"]*)\")\]"
_PLACEHOLDER = re.compile(r"\{\{\$(.*?)\}\}", re.DOTALL)
_PARAMETER = re.compile(r"\.inputs\.parameters" + _KEY)
_OUTPUT_FILE = re.compile(r"\.outputs\.parameters" + _KEY + r"\.output_file")
_ARTIFACT = re.compile(
    r"\.(inputs|outputs)\.artifacts" + _KEY + r"(?:\.(uri|path|name|metadata)(?:" + _KEY + r")?)?"
)


def resolved(words: list[str], executor_input: dict[str, Any]) -> list[str]:
    """Return the command with every placeholder replaced.

    Raises:
        AdapterError: A placeholder names an input or output that the task has not.
    """
    found: list[str] = []
    for word in words:
        found.extend(_structure(_as_structure(word), executor_input))
    return found


def _as_structure(word: str) -> Any:
    """A word that is a JSON object with one of KFP's keys stands for a structure."""
    if word.lstrip().startswith("{") and ('"IfPresent"' in word or '"Concat"' in word):
        try:
            return json.loads(word)
        except ValueError:
            return word
    return word


def _structure(part: Any, executor_input: dict[str, Any]) -> list[str]:
    if isinstance(part, str):
        return [_text(part, executor_input)]
    if isinstance(part, list):
        return [word for member in part for word in _structure(member, executor_input)]
    if isinstance(part, dict) and "Concat" in part:
        return ["".join(_structure(part["Concat"], executor_input))]
    if isinstance(part, dict) and "IfPresent" in part:
        condition = part["IfPresent"]
        taken = "Then" if _present(condition["InputName"], executor_input) else "Else"
        return _structure(condition.get(taken) or [], executor_input)
    raise AdapterError(f"the command holds {part!r}, which is no placeholder of KFP.")


def _present(name: str, executor_input: dict[str, Any]) -> bool:
    given = executor_input["inputs"]
    return given["parameterValues"].get(name) is not None or bool(given["artifacts"].get(name))


def _text(text: str, executor_input: dict[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda match: _value(match[1], match[0], executor_input), text)


def _value(path: str, whole: str, executor_input: dict[str, Any]) -> str:
    if not path:
        return json.dumps(executor_input)
    if path == ".outputs.output_file":
        return str(executor_input["outputs"]["outputFile"])
    parameter = _PARAMETER.fullmatch(path)
    if parameter:
        values = executor_input["inputs"]["parameterValues"]
        value = values.get(_key(parameter, 1))
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)
    file = _OUTPUT_FILE.fullmatch(path)
    if file:
        return str(_member(executor_input["outputs"]["parameters"], file, 1, whole)["outputFile"])
    artifact = _ARTIFACT.fullmatch(path)
    if artifact:
        side = executor_input[artifact[1]]["artifacts"]
        members = _member(side, artifact, 2, whole)["artifacts"]
        return _of_artifact(members, artifact[4], _key(artifact, 5))
    raise AdapterError(f"the command holds the placeholder `{whole}`, which is unknown here.")


def _of_artifact(members: list[dict[str, Any]], member: str | None, key: str) -> str:
    if member is None:
        return json.dumps(members)
    artifact = members[0]
    if member in ("uri", "path"):
        return str(artifact["uri"])
    if member == "metadata" and key:
        value = artifact["metadata"].get(key, "")
        return value if isinstance(value, str) else json.dumps(value)
    found = artifact[member]
    return found if isinstance(found, str) else json.dumps(found)


def _member(side: dict[str, Any], match: Any, group: int, whole: str) -> Any:
    name = _key(match, group)
    if name not in side:
        raise AdapterError(f"the placeholder `{whole}` names nothing that the task has.")
    return side[name]


def _key(match: Any, group: int) -> str:
    return str(match[group] if match[group] is not None else match[group + 1] or "")
