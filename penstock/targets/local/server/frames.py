"""Messages on a stream: a length of four bytes, then JSON."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!I")
_MOST_BYTES = 64 << 20

Message = dict[str, Any]


class BrokenConversationError(Exception):
    """What came is no message."""


def framed(message: Message) -> bytes:
    """Return the bytes of a message."""
    content = json.dumps(message).encode()
    return _LENGTH.pack(len(content)) + content


def receive(connection: socket.socket) -> Message | None:
    """Return the next message, or None when the other side has closed.

    Raises:
        BrokenConversationError: The stream holds something else.
        OSError: The connection was lost, or its timeout is over.
    """
    head = _exactly(connection, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > _MOST_BYTES:
        raise BrokenConversationError(f"a message of {length} bytes")
    content = _exactly(connection, length)
    if content is None:
        return None
    try:
        message = json.loads(content)
    except ValueError as error:
        raise BrokenConversationError("no JSON") from error
    if not isinstance(message, dict):
        raise BrokenConversationError("no JSON object")
    return message


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    """Return so many bytes; never more, as what follows may be for another process."""
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
