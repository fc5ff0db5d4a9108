"""Forked jobs compute with the real libraries, many times, without a hang."""

import textwrap
import threading

import pytest

from penstock.targets.local.jobs.launch import Ending

COMPUTING = """
    __warm_up__ = ("duckdb", "pyarrow.parquet", "sklearn.linear_model", "xgboost")

    def main(argv):
        import duckdb
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq
        import xgboost as xgb
        from sklearn.linear_model import LogisticRegression

        rows = np.random.default_rng(0).normal(size=(400, 8))
        target = (rows.sum(axis=1) > 0).astype(int)
        (rows.T @ rows).sum()
        LogisticRegression().fit(rows, target)
        pq.write_table(pa.table({"x": rows[:, 0]}), "rows.parquet")
        count = duckdb.sql("SELECT count(*) FROM 'rows.parquet'").fetchone()[0]
        settings = {"nthread": 2, "tree_method": "hist", "objective": "binary:logistic"}
        model = xgb.train(settings, xgb.DMatrix(rows, target), num_boost_round=3)
        print(count, len(pq.read_table("rows.parquet")), len(model.save_raw("ubj")))
"""


@pytest.mark.slow
def test_jobs_compute_with_many_threads_in_forked_processes_and_never_hang(runner):
    (runner.project / "parts" / "computing.py").write_text(textwrap.dedent(COMPUTING))
    said: list[tuple[Ending, str]] = []

    def run(number: int) -> None:
        for repeat in range(15):
            job = runner.job(
                "parts.computing:main",
                name=f"{number}-{repeat}",
                modules=("parts.computing",),
                max_seconds=60,
            )
            said.append((runner.launcher.run(job, runner.cancellation), job.stdout.read_text()))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 30
    assert {ending for ending, _ in said} == {Ending(0)}
    assert len({text for _, text in said}) == 1
    assert said[0][1].startswith("400 400 ")
