"""The public maintenance data: the same use case with other names of tables and columns."""

import os
import shutil
from pathlib import Path

import pytest
import yaml

from penstock.use_case import load_use_case

TABLES = {
    "machines": "PdM_machines",
    "telemetry": "PdM_telemetry",
    "errors": "PdM_errors",
    "maintenance": "PdM_maint",
    "failures": "PdM_failures",
}
COLUMNS = {
    "machines": {"machine": "machineID", "kitchen": "model", "arepa_type": "model"},
    "telemetry": {
        "machine": "machineID",
        "measured_at": "datetime",
        "plate_temperature": "volt",
        "press_force": "rotate",
        "cook_seconds": "pressure",
        "motor_current": "vibration",
    },
    "errors": {"machine": "machineID", "happened_at": "datetime", "code": "errorID"},
    "maintenance": {"machine": "machineID", "done_at": "datetime", "component": "comp"},
    "failures": {"machine": "machineID", "failed_at": "datetime", "component": "failure"},
}
"""The machines there stand in no kitchen: each type is counted as one."""
TYPES = "# the public data's\nmodel1\nmodel2\nmodel3\nmodel4\n"


@pytest.fixture(scope="session")
def public_tables() -> Path:
    """Folder of the public data's CSV files."""
    named = os.environ.get("PENSTOCK_DATA")
    places = [Path(named) / "maintenance"] if named else []
    places.append(Path(__file__).resolve().parents[4] / "shared/data/maintenance")
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("the public data are not here; name their folder in PENSTOCK_DATA")


def write_renamed(folder: Path, types: str = TYPES) -> Path:
    """Write the use case with the names of the public data; nothing else differs but the zone."""
    original = load_use_case("maintenance").folder
    settings = yaml.safe_load((original / "use_case.yaml").read_text())
    settings["time_zone"] = "UTC"
    del settings["source"]["generator"]
    for table, columns in COLUMNS.items():
        settings["tables"][table]["table"] = TABLES[table]
        for column, name in columns.items():
            settings["tables"][table]["columns"][column]["column"] = name
    folder.mkdir(parents=True)
    (folder / "use_case.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (folder / "arepa_types.txt").write_text(types)
    for file in ("rows.sql", "features.sql"):
        shutil.copy(original / file, folder / file)
    return folder


@pytest.fixture(scope="session")
def renamed(tmp_path_factory) -> Path:
    return write_renamed(tmp_path_factory.mktemp("settings") / "maintenance")


@pytest.fixture
def renamed_with(tmp_path):
    """Write the renamed use case with other types in its text file."""
    return lambda types: write_renamed(tmp_path / "maintenance", types)


@pytest.fixture(scope="session")
def public_files(public_tables, tmp_path_factory) -> Path:
    """The public tables as a folder each, which is how files hold several tables."""
    folder = tmp_path_factory.mktemp("public")
    for table in TABLES.values():
        (folder / table).mkdir()
        (folder / table / "rows.csv").symlink_to(public_tables / f"{table}.csv")
    return folder
