"""The block before each file of a release: a USTAR header with every free choice fixed.

Source: IEEE Std 1003.1-2017, pax, ustar Interchange Format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BLOCK_BYTES = 512
REGULAR = b"0"
KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "a folder",
    b"6": "a named pipe",
    b"L": "a GNU long name",
    b"K": "a GNU long link",
    b"S": "a GNU sparse file",
    b"x": "a pax header",
    b"g": "a pax header",
}

_FIXED = {
    "mode": (100, b"0000644\0"),
    "uid": (108, b"0000000\0"),
    "gid": (116, b"0000000\0"),
    "mtime": (136, b"00000000000\0"),
    "typeflag": (156, REGULAR),
    "linkname": (157, bytes(100)),
    "magic": (257, b"ustar\0"),
    "version": (263, b"00"),
    "uname": (265, bytes(32)),
    "gname": (297, bytes(32)),
    "devmajor": (329, b"0000000\0"),
    "devminor": (337, b"0000000\0"),
    "padding": (500, bytes(12)),
}
_NAME, _SIZE, _CHECKSUM, _PREFIX = slice(0, 100), slice(124, 136), slice(148, 156), slice(345, 500)
_MAGIC = slice(257, 262)
_OCTAL = re.compile(rb"[0-7]{11}\0")
_TELLING = ("mode", "uid", "gid", "mtime", "magic", "version", "devmajor", "devminor")


@dataclass(frozen=True, slots=True)
class Header:
    """What a block says of the file behind it.

    Attributes:
        path: As it stands there, safe or not.
        size: In bytes; None where the field is no number.
        kind: The type flag.
        sums: Whether its checksum is that of its other fields.
        differing: Its fields that no header of a release has.
    """

    path: str
    size: int | None
    kind: bytes
    sums: bool
    differing: tuple[str, ...]


def write_header(path: str, size: int) -> bytes:
    """Return the header of a file.

    Args:
        path: At most 255 characters of ASCII that `split_path` can part.
        size: In bytes, below 8 GiB.
    """
    parted = split_path(path)
    assert parted is not None  # noqa: S101  # `pack` has checked it
    prefix, name = parted
    block = bytearray(BLOCK_BYTES)
    block[: len(name)] = name
    block[345 : 345 + len(prefix)] = prefix
    block[_SIZE] = b"%011o\0" % size
    for offset, value in _FIXED.values():
        block[offset : offset + len(value)] = value
    block[_CHECKSUM] = _checksum(block)
    return bytes(block)


def read_header(block: bytes) -> Header:
    """Return what a block of 512 bytes says, whatever it holds."""
    name, prefix = _text(block[_NAME]), _text(block[_PREFIX])
    raw = b"/".join((prefix, name)) if prefix else name
    path = raw.decode("ascii", "backslashreplace")
    differing = []
    padded = name.ljust(100, b"\0"), prefix.ljust(155, b"\0")
    if (block[_NAME], block[_PREFIX]) != padded or split_path(path) != (prefix, name):
        differing.append("name")
    size = int(block[_SIZE][:11], 8) if _OCTAL.fullmatch(block[_SIZE]) else None
    if size is None:
        differing.append("size")
    differing += [
        field
        for field, (offset, value) in _FIXED.items()
        if block[offset : offset + len(value)] != value
    ]
    sums = block[_CHECKSUM] == _checksum(block)
    if not sums:
        differing.append("chksum")
    return Header(path, size, block[156:157], sums, tuple(differing))


def looks_like_header(block: bytes) -> bool:
    """Return whether a block was a header once: a few fields may be damaged."""
    if len(block) < BLOCK_BYTES:
        return False
    alike = sum(block[_FIXED[field][0] :].startswith(_FIXED[field][1], 0) for field in _TELLING)
    return block[_MAGIC] == b"ustar" or alike >= 3


def split_path(path: str) -> tuple[bytes, bytes] | None:
    """Return prefix and name as the header holds them; None where it has no room for them."""
    raw = path.encode("ascii", "replace")
    if len(raw) <= 100:
        return b"", raw
    parts = raw.split(b"/")
    for count in range(1, len(parts)):
        prefix, name = b"/".join(parts[:count]), b"/".join(parts[count:])
        if len(prefix) <= 155 and len(name) <= 100:
            return prefix, name
    return None


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _checksum(block: bytes | bytearray) -> bytes:
    plain = bytes(block[:148]) + b" " * 8 + bytes(block[156:])
    return b"%06o\0 " % sum(plain)
