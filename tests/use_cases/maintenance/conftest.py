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


TYPED = {
    "PdM_machines": '"machineID" integer, "model" text, "age" integer',
    "PdM_telemetry": '"datetime" timestamp, "machineID" integer, "volt" double precision, '
    '"rotate" double precision, "pressure" double precision, "vibration" double precision',
    "PdM_errors": '"datetime" timestamp, "machineID" integer, "errorID" text',
    "PdM_maint": '"datetime" timestamp, "machineID" integer, "comp" text',
    "PdM_failures": '"datetime" timestamp, "machineID" integer, "failure" text',
}


@pytest.fixture(scope="session")
def public_database(public_tables, postgres) -> str:
    """Address of a PostgreSQL database that holds the public tables under their own names."""
    import pg8000.native

    postgres.execute("CREATE DATABASE kitchens")
    host, _, port = postgres.host_port.partition(":")
    connection = pg8000.native.Connection(
        postgres.user,
        host=host,
        port=int(port),
        database="kitchens",
        password=os.environ[postgres.password_variable],
    )
    for table, columns in TYPED.items():
        connection.run(f'CREATE TABLE "{table}" ({columns})')
        with (public_tables / f"{table}.csv").open("rb") as file:
            connection.run(f'COPY "{table}" FROM STDIN WITH (FORMAT csv, HEADER)', stream=file)
    connection.close()
    return postgres.address("kitchens")
