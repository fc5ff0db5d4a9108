"""What became of messages that are about no approval: items `message#<id>`, `message`."""

from __future__ import annotations

from infra.runtime.table import Key, Table

_YES = "yes"


class Messages:
    """What became of messages that are about no approval."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def refuse(self, message: str, reason: str) -> bool:
        """Write down why a message was refused; return whether somebody has to be told."""
        item = {"reason": reason, "told": ""}
        if self._table.write(self._table.creation(_message_key(message), item)):
            return True
        found = self._table.get(_message_key(message))
        return found is not None and not found["told"]

    def told(self, message: str) -> None:
        """Write down that people were told of it."""
        change = self._table.change(_message_key(message), {"told": _YES}, "told", [""])
        self._table.write(change)


def _message_key(message: str) -> Key:
    return f"message#{message}", "message"
