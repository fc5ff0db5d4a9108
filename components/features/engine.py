"""A DuckDB connection that stays within its memory and spills to a folder of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from components.features.identifiers import literal
from penstock.errors import Problem, WorkError

SHARE_OF_MEMORY = 0.6
"""What DuckDB may take of a step's memory; the rest is Python, Arrow and the page cache."""


@contextmanager
def open_engine(memory: str, beside: Path) -> Iterator[tuple[Any, Path]]:
    """Open a connection and its scratch folder; both are gone afterwards.

    Args:
        memory: Memory of the whole step, such as `4G`.
        beside: An output; the scratch folder is made beside it, where there is room for data.

    Raises:
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
                    f"preprocess ran out of memory or disk: {str(error).splitlines()[0]}",
                    remedy="Raise resources.preprocess.memory in the use case, or free disk space.",
                )
            ) from error
        except OSError as error:
            raise WorkError(
                Problem(
                    f"preprocess could not write: {error.strerror or error}.",
                    str(error.filename or beside.parent),
                    "Free disk space.",
                )
            ) from error
        except duckdb.IOException as error:
            raise WorkError(
                Problem(
                    f"preprocess could not read or write: {str(error).splitlines()[0]}",
                    remedy="Free disk space, or mend the file.",
                )
            ) from error
        finally:
            connection.close()
