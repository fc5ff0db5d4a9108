"""A DuckDB connection that stays within its memory and spills to a folder of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from components.features.identifiers import literal
from penstock.errors import DataError, Problem, WorkError

SHARE_OF_MEMORY = 0.6
"""What DuckDB may take of a step's memory; the rest is Python, Arrow and the page cache."""


@contextmanager
def open_engine(
    memory: str, beside: Path, *, step: str = "preprocess", source: str = ""
) -> Iterator[tuple[Any, Path]]:
    """Open a connection and its scratch folder; both are gone afterwards.

    Args:
        memory: Memory of the whole step, such as `4G`.
        beside: An output; the scratch folder is made beside it, where there is room for data.
        step: Whose memory it is, for messages.
        source: What is read, for messages.

    Raises:
        DataError: What is read is damaged.
        WorkError: Memory or disk ran out.
    """
    import duckdb

    limit = f"{float(memory[:-1]) * SHARE_OF_MEMORY:.3f}{memory[-1]}iB"
    with TemporaryDirectory(prefix=".scratch-", dir=beside.parent) as folder:
        scratch = Path(folder)
        connection = duckdb.connect()
        try:
            connection.execute(f"SET memory_limit = '{limit}'")
            # As a parameter it would make DuckDB import pandas, for 0.4 s.
            connection.execute(f"SET temp_directory = {literal(str(scratch / 'spill'))}")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET enable_progress_bar = false")
            yield connection, scratch
        except duckdb.OutOfMemoryException as error:
            raise WorkError(
                Problem(
                    f"{step} ran out of memory or disk: {str(error).splitlines()[0]}",
                    remedy=f"Raise resources.{step}.memory in the use case, or free disk space.",
                )
            ) from error
        except OSError as error:
            raise WorkError(
                Problem(
                    f"{step} could not write: {error.strerror or error}.",
                    str(error.filename or beside.parent),
                    "Free disk space.",
                )
            ) from error
        except duckdb.IOException as error:
            raise WorkError(
                Problem(
                    f"{step} could not read or write: {str(error).splitlines()[0]}",
                    remedy="Free disk space, or mend the file.",
                )
            ) from error
        except duckdb.Error as error:
            if not _is_damage(error):
                raise
            raise DataError(
                Problem(
                    f"the rows cannot be read, a file of them is damaged: "
                    f"{str(error).splitlines()[0]}.",
                    source,
                    "Write the file again.",
                )
            ) from error
        finally:
            connection.close()


def _is_damage(error: Exception) -> bool:
    """Say whether DuckDB met bytes that are not what a footer promised; Thrift has no class."""
    import duckdb

    return type(error) is duckdb.Error or isinstance(
        error, duckdb.InvalidInputException | duckdb.SerializationException
    )
