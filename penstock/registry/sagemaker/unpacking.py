"""The folder of a model out of the `model.tar.gz` that a training job left."""

import shutil
import tarfile
import zlib
from pathlib import Path

from penstock.errors import Problem, ServiceError
from penstock.registry.facts import ENGINE

_ENDINGS = (".tar.gz", ".tgz", ".tar")
_MOST_BYTES = 64 << 30
_REMEDY = "Use a version whose model a training job of SageMaker wrote."


def is_archive(uri: str) -> bool:
    """Return whether an address names an archive."""
    return uri.endswith(_ENDINGS)


def unpack_model(archive: Path, folder: Path, where: str) -> None:
    """Unpack an archive into a new folder: no links out of it, no paths that lead out of it.

    Args:
        archive: The file.
        folder: Does not exist yet.
        where: Its address, for messages.

    Raises:
        ServiceError: It is none, is damaged or unsafe, or grows beyond 64 GiB.
    """
    folder.mkdir(parents=True)
    try:
        with tarfile.open(archive, "r:*") as content:
            total = 0
            for member in content:
                total += member.size
                if total > _MOST_BYTES:
                    raise tarfile.TarError("it holds more than 64 GiB")
                content.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        reason = str(error).rstrip(".")
        raise ServiceError(
            Problem(f"the model cannot be unpacked: {reason}.", where, _REMEDY)
        ) from error
    (folder / ENGINE).unlink(missing_ok=True)
