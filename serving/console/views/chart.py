"""Places of points on a small chart with axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 380, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 42


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: its place and its number."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point: its place, and what it says."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of 380 by 270 units.

    Attributes:
        title: For those who do not see it.
        across: Ticks of the horizontal axis.
        up: Ticks of the vertical axis.
        dots: The points.
        line: The same, for a polyline.
        diagonal: Ends of the line on which both axes are equal.
    """

    title: str
    across: Sequence[Tick]
    up: Sequence[Tick]
    dots: Sequence[Dot]
    line: str
    diagonal: tuple[float, float, float, float]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def square_chart(title: str, points: Sequence[tuple[float, float, str]]) -> Chart:
    """Draw points of two shares against each other; both axes begin at 0 and end alike."""
    most = max((value for x, y, _ in points for value in (x, y)), default=1.0)
    most = min(1.0, most * 1.08) or 1.0

    def across(value: float) -> float:
        return round(_LEFT + value / most * (WIDTH - _LEFT - _RIGHT), 1)

    def up(value: float) -> float:
        return round(HEIGHT - _BOTTOM - value / most * (HEIGHT - _TOP - _BOTTOM), 1)

    dots = [Dot(across(x), up(y), name) for x, y, name in points]
    ticks = _ticks(most)
    return Chart(
        title,
        [Tick(across(value), f"{value:.6g}") for value in ticks],
        [Tick(up(value), f"{value:.6g}") for value in ticks],
        dots,
        " ".join(f"{dot.x},{dot.y}" for dot in dots),
        (across(0), up(0), across(most), up(most)),
    )


def _ticks(most: float) -> list[float]:
    """Return about five round values from 0."""
    step = 10.0 ** math.floor(math.log10(most / 4))
    step *= next((factor for factor in (1, 2, 5, 10) if most / (factor * step) <= 6), 10)
    return [index * step for index in range(math.floor(most / step + 1e-9) + 1)]
