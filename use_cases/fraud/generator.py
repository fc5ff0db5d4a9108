"""A stream of card transactions: customers, terminals near them, three kinds of drifting fraud.

After the simulator of the Fraud Detection Handbook, chapter 2, with a weekly rhythm and with drift:
stolen amounts grow less conspicuous and attacks on terminals come in waves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SECONDS_A_DAY = 86_400
NUMBERS_A_DAY = 10_000_000
"""Transaction numbers of a day begin at its index times this, whatever the days before held."""
REACH = 5.0
"""How far from home customers pay; the map is 100 by 100."""
WEEKDAY_VOLUME = (0.95, 0.95, 1.0, 1.0, 1.1, 1.2, 0.85)
"""Transactions of a weekday relative to the mean, from Monday."""

LARGE_AMOUNT = 220.0
"""Scenario 1: every larger amount is a fraud."""
TERMINAL_ATTACKS = 1.7e-4
"""Scenario 2: share of terminals taken over each day; every payment there is a fraud."""
TERMINAL_DAYS = 28
CUSTOMER_THEFTS = 6e-4
"""Scenario 3: share of customers whose card data leak each day; a third of their payments, with
multiplied amounts, are frauds."""
CUSTOMER_DAYS = 14


@dataclass(frozen=True, slots=True)
class World:
    """Who pays where. `terminals` of customer i are `terminal_of[first[i]:first[i + 1]]`."""

    mean_amount: Floats
    payments_a_day: Floats
    first: Integers
    terminal_of: Integers
    terminals: int


def generate(
    folder: Path,
    *,
    first_day: int = 0,
    days: int,
    start: date,
    seed: int,
    customers: int,
    terminals: int,
) -> int:
    """Write one Parquet file a day, `2018-06-01.parquet`; return the number of rows.

    The same arguments give the same bytes, and a day's bytes do not depend on which days are asked
    for with it.

    Args:
        folder: Existing folder to write to.
        first_day: First day to write, counted from `start`.
        days: Number of days to write.
        start: First day of all; drift and transaction numbers begin here.
        seed: Seed of everything random.
        customers: Number of customers; each makes about 1.9 payments a day.
        terminals: Number of terminals.
    """
    import pyarrow as pa
    from pyarrow import parquet

    world = make_world(seed, customers, terminals)
    written = 0
    for day, columns in _stream(world, start, range(first_day, first_day + days), seed):
        seconds = columns["seconds"]
        rows = len(seconds)
        midnight = np.datetime64(start + timedelta(days=day), "us")
        table = pa.table(
            {
                "TRANSACTION_ID": np.arange(rows) + day * NUMBERS_A_DAY,
                "TX_DATETIME": midnight + seconds.astype("timedelta64[s]"),
                "CUSTOMER_ID": columns["customer"],
                "TERMINAL_ID": columns["terminal"],
                "TX_AMOUNT": columns["amount"],
                "TX_TIME_SECONDS": seconds + day * SECONDS_A_DAY,
                "TX_TIME_DAYS": np.full(rows, day),
                "TX_FRAUD": (columns["scenario"] > 0).astype(np.int64),
                "TX_FRAUD_SCENARIO": columns["scenario"],
            }
        )
        file = folder / f"{start + timedelta(days=day)}.parquet"
        parquet.write_table(table, file, compression="snappy", use_dictionary=False)
        written += rows
    return written


def make_world(seed: int, customers: int, terminals: int) -> World:
    """Place customers and terminals on the map and find who reaches which."""
    random = np.random.default_rng([seed, 0])
    homes = random.uniform(0, 100, (customers, 2))
    shops = random.uniform(0, 100, (terminals, 2))
    counts = np.empty(customers, dtype=np.int64)
    reached: list[Integers] = []
    for begin in range(0, customers, 256):
        block = homes[begin : begin + 256]
        squared = ((block[:, None, :] - shops[None, :, :]) ** 2).sum(axis=2)
        near = squared < REACH**2
        near[np.arange(len(block)), squared.argmin(axis=1)] = True
        counts[begin : begin + 256] = near.sum(axis=1)
        reached.append(np.nonzero(near)[1])
    return World(
        mean_amount=random.uniform(5, 100, customers),
        payments_a_day=random.uniform(0, 4, customers),
        first=np.concatenate([[0], np.cumsum(counts)]),
        terminal_of=np.concatenate(reached),
        terminals=terminals,
    )


def _stream(
    world: World, start: date, days: range, seed: int
) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
    before = range(days.start + 1 - TERMINAL_DAYS, days.start)
    taken = {day: _victims(world, start, day, seed) for day in (*before, *days)}
    for day in days:
        columns = _payments(world, (start + timedelta(days=day)).weekday(), day, seed)
        _add_fraud(columns, world, taken, day, seed)
        yield day, columns


def _payments(world: World, weekday: int, day: int, seed: int) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng([seed, 1, day])
    customers = len(world.mean_amount)
    counts = random.poisson(world.payments_a_day * WEEKDAY_VOLUME[weekday])
    customer = np.repeat(np.arange(customers), counts)
    seconds = random.normal(SECONDS_A_DAY / 2, 20_000, len(customer)).astype(np.int64)
    inside = (seconds > 0) & (seconds < SECONDS_A_DAY)
    order = np.argsort(seconds[inside], kind="stable")
    customer, seconds = customer[inside][order], seconds[inside][order]
    mean = world.mean_amount[customer]
    amount = random.normal(mean, mean / 2)
    amount = np.where(amount < 0, random.uniform(0, 2 * mean), amount)
    choices = np.diff(world.first)[customer]
    chosen = (random.random(len(customer)) * choices).astype(np.int64)
    return {
        "customer": customer,
        "seconds": seconds,
        "amount": np.round(amount, 2),
        "terminal": world.terminal_of[world.first[customer] + chosen],
    }


def _victims(world: World, start: date, day: int, seed: int) -> tuple[Integers, Integers]:
    """Return the terminals and the customers whose trouble begins on a day."""
    random = np.random.default_rng([seed, 2, day + 100_000])
    wave = 1 + 0.3 * np.sin(2 * np.pi * (start.toordinal() + day) / 45)
    attacked = random.poisson(world.terminals * TERMINAL_ATTACKS * wave)
    robbed = random.poisson(len(world.mean_amount) * CUSTOMER_THEFTS)
    return (
        random.integers(0, world.terminals, attacked),
        random.integers(0, len(world.mean_amount), robbed),
    )


def _add_fraud(
    columns: dict[str, NDArray[Any]],
    world: World,
    taken: dict[int, tuple[Integers, Integers]],
    day: int,
    seed: int,
) -> None:
    random = np.random.default_rng([seed, 3, day])
    attacked = np.zeros(world.terminals, dtype=bool)
    robbed = np.zeros(len(world.mean_amount), dtype=bool)
    for begun in range(day - TERMINAL_DAYS + 1, day + 1):
        attacked[taken[begun][0]] = True
        if begun > day - CUSTOMER_DAYS:
            robbed[taken[begun][1]] = True
    scenario = np.where(columns["amount"] > LARGE_AMOUNT, 1, 0)
    scenario[attacked[columns["terminal"]]] = 2
    stolen = robbed[columns["customer"]] & (random.random(len(scenario)) < 1 / 3)
    factor = max(5.0 - day / 180, 3.0)
    columns["amount"] = np.where(stolen, np.round(columns["amount"] * factor, 2), columns["amount"])
    scenario[stolen] = 3
    columns["scenario"] = scenario
