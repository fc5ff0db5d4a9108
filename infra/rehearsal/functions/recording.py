"""Writes down what a role asks of AWS: a line of JSON a call.

Standard library only and nothing of ours: the process that functions run in loads it by its path.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_UNTOLD = ("Body", "TemplateBody")
"""Parameters that no policy looks at and that may be large, or read once."""


class Recording:
    """Records calls, each with the role that made it; empty where nobody told whose keys those are.

    Args:
        file: Where the lines are added.
        actors: Roles and names of their sessions by access key.
    """

    def __init__(self, file: str, actors: Mapping[str, Sequence[str]] | None = None) -> None:
        self.file = file
        self.actors = dict(actors or {})

    def learn(self, access_key: str, role: str, session: str) -> None:
        """Hear whose session an access key belongs to."""
        self.actors[access_key] = (role, session)

    def make(
        self, client: Any, operation: str, given: Mapping[str, Any], plain: Callable[..., Any]
    ) -> Any:
        """Make a call, and write it down with what became of it.

        Args:
            client: Of botocore.
            operation: As the service calls it, such as `GetObject`.
            given: Its parameters.
            plain: Makes the call of operation and parameters.
        """
        code = ""
        try:
            answer = plain(operation, given)
        except Exception as error:
            code = str(getattr(error, "response", {}).get("Error", {}).get("Code") or "failed")
            raise
        else:
            if operation == "AssumeRole":
                key = answer["Credentials"]["AccessKeyId"]
                self.learn(key, given["RoleArn"], given["RoleSessionName"])
            return answer
        finally:
            self._write(client, operation, given, code)

    def _write(self, client: Any, operation: str, given: Mapping[str, Any], code: str) -> None:
        role, session = self.actors.get(client._request_signer._credentials.access_key, ("", ""))
        told = {
            "role": role,
            "session": session,
            "region": client.meta.region_name,
            "service": client.meta.service_model.service_name,
            "operation": operation,
            "parameters": {key: value for key, value in given.items() if key not in _UNTOLD},
            "error": code,
        }
        line = json.dumps(told, default=_shown) + "\n"
        # One write a line: calls of several processes and threads do not mix.
        file = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes | bytearray) else str(value)
