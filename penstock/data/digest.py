"""Content digests: what a file or a folder holds, whatever it is called and wherever it lies."""

import hashlib
from pathlib import Path

from penstock.data.tree import files_below


def content_digest(path: Path, *, leaving_out: str = "") -> str:
    """Return `sha256:<hex>` of a file or of a folder's files.

    The digest is SHA-256 over one line per file, sorted by path: relative path, size in bytes and
    the file's own SHA-256, with NUL between them. A single file is one line with an empty path.
    Links are followed, as the stores follow them.

    Args:
        path: A file or a folder.
        leaving_out: Relative path of a file that does not count.

    Raises:
        FileNotFoundError: There is nothing at `path`.
    """
    if path.is_dir():
        files = sorted((name, file) for file, name in files_below(path) if name != leaving_out)
    elif path.is_file():
        files = [("", path)]
    else:
        raise FileNotFoundError(path)
    total = hashlib.sha256()
    for name, file in files:
        size, digest = _hash_file(file)
        total.update(f"{name}\0{size}\0{digest}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _hash_file(file: Path) -> tuple[int, str]:
    with file.open("rb", buffering=0) as stream:
        digest = hashlib.file_digest(stream, "sha256")
        return stream.tell(), digest.hexdigest()
