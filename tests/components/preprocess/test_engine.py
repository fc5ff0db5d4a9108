import duckdb
import pyarrow.parquet as pq
import pytest

from penstock.data.digest import content_digest
from penstock.errors import WorkError

connect = duckdb.connect


@pytest.mark.slow
def test_the_number_of_threads_does_not_change_a_byte(shop, monkeypatch):
    rows = shop.rows(a_day=50_000).sample(frac=1, random_state=1)
    file = shop.save(rows.assign(who="w" + rows.id.astype(str)))
    digests = set()
    for threads in (1, 2, 4):

        def with_threads(threads: int = threads) -> duckdb.DuckDBPyConnection:
            connection = connect()
            connection.execute(f"SET threads = {threads}")
            return connection

        monkeypatch.setattr(duckdb, "connect", with_threads)
        shop.prepare(file)
        digests.add(content_digest(shop.folder / "out"))
    groups = pq.read_metadata(shop.folder / "out" / "train")
    sizes = [groups.row_group(index).num_rows for index in range(groups.num_row_groups)]
    assert sizes == [122_880, 27_120]
    assert len(digests) == 1


def test_too_little_memory_is_said_with_the_setting_to_raise(shop, monkeypatch):
    def tiny() -> duckdb.DuckDBPyConnection:
        class Tiny:
            def __init__(self) -> None:
                self.inner = connect()

            def execute(self, sql, *more):
                if sql.startswith("SET memory_limit"):
                    sql = "SET memory_limit = '2MB'"
                if sql.startswith("SET temp_directory"):
                    sql, more = "SET max_temp_directory_size = '0KB'", ()
                return self.inner.execute(sql, *more)

            def close(self) -> None:
                self.inner.close()

        return Tiny()

    file = shop.save(shop.rows(a_day=5_000))
    monkeypatch.setattr(duckdb, "connect", tiny)
    with pytest.raises(WorkError) as error:
        shop.prepare(file)
    assert str(error.value).startswith("preprocess ran out of memory or disk: Out of Memory Error")
    assert str(error.value).endswith(
        " Raise resources.preprocess.memory in the use case, or free disk space."
    )
    assert list((shop.folder / "out").iterdir()) == []
