"""The wine recognition data that scikit-learn carries (UCI, 178 wines of three growers)."""

from pathlib import Path
from typing import Any


def generate(folder: Path) -> int:
    """Write `wine.parquet` to an existing folder; return the number of rows."""
    import pyarrow as pa
    from pyarrow import parquet
    from sklearn.datasets import load_wine

    wine = load_wine()
    columns: dict[str, Any] = {"id": range(len(wine.target))}
    for name, values in zip(wine.feature_names, wine.data.T, strict=True):
        columns["dilution" if name.startswith("od280") else name] = values
    columns["grower"] = [f"grower_{label}" for label in wine.target]
    parquet.write_table(pa.table(columns), folder / "wine.parquet")
    return len(wine.target)
