"""How machines are set up, how their components wear out, and what moves metrics for nothing."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TYPES = {
    "reina_pepiada": 25, "pabellon": 25, "domino": 25, "pelua": 25, "catira": 25, "perico": 25,
    "viuda": 6, "sifrina": 4,
}  # fmt: skip
"""Machines of each type; few people order the last two."""
KITCHENS = (
    "Atocha", "Chamartin", "Chueca", "Delicias", "Hortaleza", "La Latina",
    "Lavapies", "Legazpi", "Malasana", "Retiro", "Tetuan", "Vallecas",
)  # fmt: skip
METRICS = ("plate_temperature", "press_force", "cook_seconds", "motor_current")
COMPONENTS = ("C1-heater", "C2-press", "C3-timer", "C4-motor")
"""Each moves the metric that stands at its place."""
LEVEL = np.array([205.0, 360.0, 330.0, 4.5])
"""Degrees Celsius, newtons, seconds, amperes."""
NOISE = np.array([3.0, 9.0, 8.0, 0.16])
"""Deviation of a reading, in the metric's unit."""
PLANNED_DAYS, LIFE_DAYS, LIFE_SHAPE = 40.0, 66.0, 2.5
SIGNS_DAYS, SUDDEN = 4.0, 0.05
"""Length of the drift before a component wears out, and how many wear out without one."""
REPAIR_HOURS = 3
SWING_EVERY_DAYS, SWING_DAYS = 20.0, 3.0
"""How often dough and weather move a metric for nothing, and for how long."""


@dataclass(frozen=True, slots=True)
class World:
    """What does not change. By machine; `level` and `direction` of shape (machines, 4)."""

    names: tuple[str, ...]
    kitchens: tuple[str, ...]
    types: tuple[str, ...]
    ages: Integers
    level: Floats
    direction: Floats
    idle_code: Integers


@dataclass(frozen=True, slots=True)
class Lives:
    """Lives of components, in hours since the first day began; one element a life."""

    machine: Integers
    component: Integers
    begins: Floats
    ends: Floats
    worn_out: Floats
    """When it fails, or would have failed without the planned maintenance that ended it."""
    signs: Floats
    """Hours of drift before that."""

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Whether a life ended in a failure."""
        return np.equal(self.ends, self.worn_out)


def make_world(seed: int) -> World:
    """Set the machines up; the direction in which a metric drifts depends on what is cooked."""
    random = np.random.default_rng([seed, 0])
    kinds = list(TYPES)
    types = np.repeat(np.arange(len(kinds)), list(TYPES.values()))
    machines = len(types)
    of_type = LEVEL * random.uniform(0.85, 1.15, (len(kinds), 4))
    signs = random.choice([-1.0, 1.0], (len(kinds), 4)) * random.uniform(0.7, 1.3, (len(kinds), 4))
    return World(
        names=tuple(f"M{number:03}" for number in range(1, machines + 1)),
        kitchens=tuple(KITCHENS[number % len(KITCHENS)] for number in range(machines)),
        types=tuple(kinds[kind] for kind in types),
        ages=random.integers(0, 12, machines),
        level=of_type[types] + random.normal(0, 1, (machines, 4)) * NOISE,
        direction=signs[types],
        idle_code=random.integers(0, 4, len(kinds))[types],
    )


def make_lives(world: World, seed: int, until: int) -> Lives:
    """Return every life of a component that begins before hour `until`."""
    rows: list[tuple[float, ...]] = []
    for machine in range(len(world.names)):
        shorter = 1 - 0.02 * float(world.ages[machine])
        for component in range(len(COMPONENTS)):
            random = np.random.default_rng([seed, 1, machine, component])
            begins = _minute(-24 * PLANNED_DAYS * random.random())
            while begins < until:
                mean = 24 * LIFE_DAYS * shorter
                life = mean * random.weibull(LIFE_SHAPE)
                # What is older than the first day has held until then.
                while begins < 0 and begins + life < 0:
                    life = mean * random.weibull(LIFE_SHAPE)
                planned = 24 * (PLANNED_DAYS + random.normal(0, 3))
                signs = 24 * SIGNS_DAYS * random.uniform(0.5, 1.5)
                signs *= float(random.random() >= SUDDEN)
                worn_out = _minute(begins + max(life, 24.0))
                ends = min(worn_out, _minute(begins + max(planned, 24.0)))
                rows.append((machine, component, begins, ends, worn_out, signs))
                begins = ends
    columns = np.array(rows).T
    machines, components = columns[:2].astype(np.int64)
    return Lives(machines, components, *columns[2:])


def _minute(hours: float) -> float:
    return math.floor(hours * 60) / 60


def make_swings(world: World, seed: int, until: int) -> Floats:
    """Return every swing of a metric that begins before hour `until`.

    Returns:
        Machine, metric, first hour and last hour, shape (4, swings).
    """
    rows: list[tuple[float, ...]] = []
    for machine in range(len(world.names)):
        for metric in range(len(METRICS)):
            random = np.random.default_rng([seed, 3, machine, metric])
            begins = 24 * random.exponential(SWING_EVERY_DAYS)
            while begins < until:
                ends = begins + 24 * SWING_DAYS * random.uniform(0.5, 1.5)
                rows.append((machine, metric, begins, ends))
                begins = ends + 24 * random.exponential(SWING_EVERY_DAYS)
    return np.array(rows).reshape(-1, 4).T


def wear(world: World, lives: Lives, hours: Integers) -> tuple[Floats, NDArray[np.bool_]]:
    """Say how worn components are and which machines stand still.

    Returns:
        Wear from 0 to 1, shape (machines, hours, components); stillness, shape (machines, hours).
    """
    worn = np.zeros((len(world.names), len(hours), len(COMPONENTS)))
    stopped = np.zeros(worn.shape[:2], dtype=bool)
    here = (lives.begins <= hours[-1]) & (lives.ends + REPAIR_HOURS >= hours[0])
    for index in np.flatnonzero(here):
        machine, ends = lives.machine[index], lives.ends[index]
        inside = (hours >= lives.begins[index]) & (hours < ends)
        if lives.signs[index]:
            since = hours - (lives.worn_out[index] - lives.signs[index])
            share = np.clip(since / lives.signs[index], 0, 1)
            worn[machine, :, lives.component[index]] += np.where(inside, share**1.5, 0)
        if lives.failed[index]:
            stopped[machine] |= (hours >= ends) & (hours < ends + REPAIR_HOURS)
    return worn, stopped


def swung(swings: Floats, hours: Integers, shape: tuple[int, ...]) -> Floats:
    """Return how far each metric is moved for nothing, 0 to 1, by machine, hour and metric."""
    moved = np.zeros(shape)
    for machine, metric, begins, ends in swings[
        :, (swings[2] < hours[-1]) & (swings[3] > hours[0])
    ].T:
        share = np.clip((hours - begins) / (ends - begins), 0, 1)
        moved[int(machine), :, int(metric)] += np.where(hours < ends, share**1.5, 0)
    return moved
