"""Kitchens whose machines cook one type of arepa each: readings, errors, maintenance, failures.

Every component of a machine wears out after a random life. Days before it does, its metric drifts
and its error code comes more often; planned maintenance renews some components in time. What is
cooked decides which way metrics drift, and which errors mean nothing; dough and weather move
metrics the other way, and nothing follows.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from use_cases.maintenance.wear import (
    COMPONENTS,
    METRICS,
    NOISE,
    Floats,
    Integers,
    Lives,
    World,
    make_lives,
    make_swings,
    make_world,
    swung,
    wear,
)

BUSY = np.array([-1.5, 0.0, 6.0, 0.25])
"""What the hours of most orders add to each metric."""
DRIFT = 5.0
"""How many deviations the metric of a worn-out component has moved, at its last hour."""
ERRORS_AN_HOUR, ERRORS_WORN_OUT = 0.0006, 0.15
"""Chance of each code in an hour: always, and at most where its component wears out."""
IDLE_ERRORS_AN_HOUR = 0.01
"""Of the one code that means nothing where a type is cooked."""
CODES = ("E1", "E2", "E3", "E4", "E5")
"""One a component, and one that comes with anything."""


def generate(
    folder: Path, *, first_day: int = 0, days: int, start: date, seed: int, time_zone: str
) -> int:
    """Write one Parquet file a local day and table, `telemetry/2026-01-01.parquet`.

    The same arguments give the same bytes, and a day's bytes do not depend on which days are asked
    for with it. The table of machines is written on the first day of all.

    Args:
        folder: Existing folder to write to.
        first_day: First day to write, counted from `start`.
        days: Number of days to write.
        start: First day of all.
        seed: Seed of everything random.
        time_zone: Zone in which days begin and kitchens open.

    Returns:
        The number of rows of all tables.
    """
    import pyarrow as pa
    from pyarrow import parquet

    world = make_world(seed)
    zone = ZoneInfo(time_zone)
    origin = _midnight(start, zone)
    bounds = [
        int((_midnight(start + timedelta(days=day), zone) - origin).total_seconds()) // 3600
        for day in range(first_day, first_day + days + 1)
    ]
    lives, swings = make_lives(world, seed, bounds[-1]), make_swings(world, seed, bounds[-1])
    written = 0
    for index in range(days):
        day = start + timedelta(days=first_day + index)
        hours = np.arange(bounds[index], bounds[index + 1])
        opened = np.array([_busy(origin, int(hour), zone) for hour in hours])
        tables = dict(_day(world, lives, swings, hours, opened, [seed, 2, first_day + index]))
        if first_day + index == 0:
            tables["machines"] = {
                "machine": world.names,
                "kitchen": world.kitchens,
                "arepa_type": world.types,
                "age": world.ages,
            }
        for table, columns in tables.items():
            named = {
                name: _instants(origin, values) if name.endswith("_at") else values
                for name, values in columns.items()
            }
            (folder / table).mkdir(exist_ok=True)
            rows = pa.table({name: _typed(name, values) for name, values in named.items()})
            parquet.write_table(rows, folder / table / f"{day}.parquet", compression="snappy")
            written += rows.num_rows
    return written


def _day(
    world: World, lives: Lives, swings: Floats, hours: Integers, busy: Floats, seed: list[int]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the tables of a day; times are hours since the first day began."""
    random = np.random.default_rng(seed)
    worn, stopped = wear(world, lives, hours)
    shape = worn.shape
    moved = world.direction[:, None, :] * (worn - swung(swings, hours, shape)) * DRIFT
    readings = (
        world.level[:, None, :]
        + busy[None, :, None] * BUSY
        + (random.normal(0, 1, shape) * (1 + worn / 2) + moved) * NOISE
    )
    machine, hour = np.nonzero(~stopped)
    measured = np.round(readings[machine, hour], 3)
    yield (
        "telemetry",
        {
            "machine": np.array(world.names)[machine],
            "measured_at": hours[hour].astype(np.float64),
            **{metric: measured[:, index] for index, metric in enumerate(METRICS)},
        },
    )
    rate = np.full((*shape[:2], len(CODES)), ERRORS_AN_HOUR)
    rate[np.arange(shape[0]), :, world.idle_code] += IDLE_ERRORS_AN_HOUR
    rate[:, :, :4] += ERRORS_WORN_OUT * worn**2
    rate[:, :, 4] += ERRORS_WORN_OUT / 4 * worn.max(axis=2) ** 2
    machine, hour, code = np.nonzero(random.random(rate.shape) < rate)
    yield (
        "errors",
        {
            "machine": np.array(world.names)[machine],
            "happened_at": hours[hour] + random.integers(0, 3600, len(hour)) / 3600,
            "code": np.array(CODES)[code],
        },
    )
    for table, moment, which in (
        ("maintenance", "done_at", np.full(len(lives.ends), True)),
        ("failures", "failed_at", lives.failed),
    ):
        here = np.flatnonzero(which & (lives.ends >= hours[0]) & (lives.ends < hours[-1] + 1))
        here = here[np.argsort(lives.ends[here], kind="stable")]
        yield (
            table,
            {
                "machine": np.array(world.names)[lives.machine[here]],
                moment: lives.ends[here],
                "component": np.array(COMPONENTS)[lives.component[here]],
            },
        )


def _busy(origin: datetime, hour: int, zone: ZoneInfo) -> float:
    """Return how busy kitchens are, 0 to 1: at lunch and dinner, by the clock on the wall."""
    local = (origin + timedelta(hours=hour)).astimezone(zone).hour
    return float(np.exp(-((local - 14) ** 2) / 6) + np.exp(-((local - 21) ** 2) / 4))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _instants(origin: datetime, hours: Floats) -> NDArray[np.datetime64]:
    seconds = np.round(hours * 3600).astype("timedelta64[s]")
    return np.datetime64(origin.replace(tzinfo=None), "us") + seconds


def _typed(name: str, values: Any) -> Any:
    import pyarrow as pa

    if name.endswith("_at"):
        return pa.array(values, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    if name in ("age", *METRICS):
        return pa.array(values)
    return pa.array(list(values), pa.string())
