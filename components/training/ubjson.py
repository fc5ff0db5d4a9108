"""The shape of a UBJSON document, told before any other parser sees its bytes.

Source: ubjson.org, draft 12; XGBoost writes its models as one object in this format.
"""

import struct

_MOST_LEVELS = 64
_SIZES = {
    **dict.fromkeys(b"ZNTF", 0),
    **dict.fromkeys(b"iUC", 1),
    ord("I"): 2,
    **dict.fromkeys(b"ld", 4),
    **dict.fromkeys(b"LD", 8),
}
"""Bytes of the value of each type that is no text and no container."""

_WHOLE = {
    ord(kind): (struct.Struct(form).unpack_from, struct.calcsize(form))
    for kind, form in {"i": ">b", "U": ">B", "I": ">h", "l": ">i", "L": ">q"}.items()
}
_TEXTS = frozenset(b"SH")
_ARRAY, _ARRAY_END, _OBJECT, _OBJECT_END = b"[]{}"
_ENDS = {_ARRAY: _ARRAY_END, _OBJECT: _OBJECT_END}
_TYPE, _COUNT = b"$#"


def check_object(payload: bytes) -> None:
    """Refuse what is not one UBJSON object from the first byte to the last.

    Raises:
        ValueError: It is something else, breaks off, or goes on behind its end; says where.
    """
    begins = (_OBJECT_END, _TYPE, _COUNT, *_WHOLE)
    if len(payload) < 2 or payload[0] != _OBJECT or payload[1] not in begins:
        raise ValueError("it does not begin like one")
    try:
        end = _container_end(payload, 1, _OBJECT_END, 0)
    except (IndexError, struct.error):
        raise ValueError("it breaks off") from None
    if end > len(payload):
        raise ValueError("it breaks off")
    if end < len(payload):
        raise ValueError(f"{len(payload) - end} bytes follow its end")


def _container_end(payload: bytes, place: int, last: int, level: int) -> int:  # noqa: PLR0912  # a loop over a million values calls nothing
    """Return where an array or object ends whose content begins at a place."""
    if level > _MOST_LEVELS:
        raise ValueError(f"it has more than {_MOST_LEVELS} levels")
    has_names = last == _OBJECT_END
    kind = count = -1
    if payload[place] == _TYPE:
        kind, place = payload[place + 1], place + 2
        if payload[place] != _COUNT:
            raise ValueError(f"byte {place} names no number of values")
    if payload[place] == _COUNT:
        count, place = _length(payload, place + 1)
        if kind in _SIZES and not has_names:
            return place + count * _SIZES[kind]
        if count > len(payload):
            raise ValueError(f"byte {place} names more values than there are bytes")
    while count:
        if count < 0 and payload[place] == last:
            return place + 1
        count -= 1
        if has_names:
            size, place = _length(payload, place)
            place += size
        found = kind
        if found < 0:
            found = payload[place]
            place += 1
        if found in _SIZES:
            place += _SIZES[found]
        elif found in _TEXTS:
            size, place = _length(payload, place)
            place += size
        elif found in _ENDS:
            place = _container_end(payload, place, _ENDS[found], level + 1)
        else:
            raise ValueError(f"byte {place - 1} begins no value")
    return place


def _length(payload: bytes, place: int) -> tuple[int, int]:
    """Return the length that stands at a place, and where it ends."""
    known = _WHOLE.get(payload[place])
    if known is None:
        raise ValueError(f"byte {place} is no length")
    unpack, size = known
    length = unpack(payload, place + 1)[0]
    if length < 0:
        raise ValueError(f"byte {place} is a length below 0")
    return length, place + 1 + size
