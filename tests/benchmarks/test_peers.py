"""A peer does the same work only with the same libraries."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKING = (
    "duckdb",
    "kfp",
    "mlflow-skinny",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "skops",
    "xgboost-cpu",
)


def versions(lock: Path) -> dict[str, str]:
    packages = tomllib.loads(lock.read_text())["package"]
    return {each["name"]: each["version"] for each in packages if each["name"] in WORKING}


@pytest.mark.parametrize("peer", ["metaflow", "zenml"])
def test_a_peer_works_with_the_versions_of_this_project(peer: str) -> None:
    assert versions(ROOT / "benchmarks/peers" / peer / "uv.lock") == versions(ROOT / "uv.lock")


@pytest.mark.parametrize("peer", ["metaflow", "zenml"])
def test_a_peer_s_lock_names_the_public_index_only(peer: str) -> None:
    lock = tomllib.loads((ROOT / "benchmarks/peers" / peer / "uv.lock").read_text())
    sources = {str(package["source"]) for package in lock["package"]}
    own = str({"virtual": "."})
    assert sources - {own} == {str({"registry": "https://pypi.org/simple"})}
