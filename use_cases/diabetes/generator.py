"""The diabetes data that scikit-learn carries (Efron et al. 2004): 442 patients, natural units."""

from pathlib import Path
from typing import Any

NAMES = {
    "bp": "blood_pressure",
    "s1": "total_cholesterol",
    "s2": "ldl",
    "s3": "hdl",
    "s4": "cholesterol_ratio",
    "s5": "log_triglycerides",
    "s6": "glucose",
}


def generate(folder: Path) -> int:
    """Write `diabetes.parquet` to an existing folder; return the number of rows."""
    import pyarrow as pa
    from pyarrow import parquet
    from sklearn.datasets import load_diabetes

    diabetes = load_diabetes(scaled=False)
    columns: dict[str, Any] = {"id": range(len(diabetes.target))}
    for name, values in zip(diabetes.feature_names, diabetes.data.T, strict=True):
        columns[NAMES.get(name, name)] = values.astype(int) if name == "sex" else values
    columns["progression"] = diabetes.target
    parquet.write_table(pa.table(columns), folder / "diabetes.parquet")
    return len(diabetes.target)
