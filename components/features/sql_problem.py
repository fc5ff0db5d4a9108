"""What DuckDB says about a query of a use case, as people read it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from penstock.errors import Problem, UseCaseError


@contextmanager
def translated(where: str, lines_before: int = 1) -> Iterator[None]:
    """Turn what DuckDB says about the SQL of a use case into an error of the use case.

    Memory and disk that ran out stay what they are.

    Args:
        where: The file of the SQL.
        lines_before: Lines that stand before it in what is run.

    Raises:
        UseCaseError: The query cannot be run.
    """
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.InternalException):
        raise
    except duckdb.Error as error:
        text = str(error)
        line = re.search(r"LINE (\d+):", text)
        place = f"{where}:{int(line.group(1)) - lines_before}" if line else where
        what = f"the query cannot be run: {text.splitlines()[0]}"
        raise UseCaseError(Problem(what, place, "Mend the SQL.")) from error
