"""The frame of a chart: scales, grid, ticks, labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from components.pages.markup import Markup, join, tag

WIDTH, HEIGHT = 460, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 44


@dataclass(frozen=True, slots=True)
class Axes:
    """Data coordinates on a drawing of 460 by 320 units.

    Attributes:
        x: Least and greatest value, left and right.
        y: Least and greatest value, below and above.
        x_label: What runs to the right.
        y_label: What runs upwards.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str

    def across(self, value: float) -> float:
        """Return the horizontal place of a value."""
        low, high = self.x
        return round(_LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT), 1)

    def up(self, value: float) -> float:
        """Return the vertical place of a value."""
        low, high = self.y
        share = (value - low) / (high - low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def points(self, x: Sequence[float], y: Sequence[float]) -> str:
        """Return the places of points for a polyline."""
        return " ".join(f"{self.across(a)},{self.up(b)}" for a, b in zip(x, y, strict=True))

    def frame(self) -> Markup:
        """Draw grid, ticks and labels."""
        parts: list[Markup] = []
        for value in ticks(*self.x):
            at = self.across(value)
            parts += [
                tag("line", x1=at, x2=at, y1=_TOP, y2=HEIGHT - _BOTTOM, class_="grid"),
                tag("text", short(value), x=at, y=HEIGHT - _BOTTOM + 16, text_anchor="middle"),
            ]
        for value in ticks(*self.y):
            at = self.up(value)
            parts += [
                tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=at, y2=at, class_="grid"),
                tag("text", short(value), x=_LEFT - 7, y=at + 4, text_anchor="end"),
            ]
        middle_x, middle_y = (_LEFT + WIDTH - _RIGHT) / 2, (_TOP + HEIGHT - _BOTTOM) / 2
        below = HEIGHT - 8
        parts += [
            tag("text", self.x_label, x=middle_x, y=below, text_anchor="middle", class_="axis"),
            tag(
                "text",
                self.y_label,
                transform=f"translate(14 {middle_y}) rotate(-90)",
                text_anchor="middle",
                class_="axis",
            ),
        ]
        return join(*parts)

    def draw(self, title: str, description: str, *parts: Markup) -> Markup:
        """Return the whole drawing, with a title and a description for those who do not see it."""
        return tag(
            "svg",
            tag("title", title),
            tag("desc", description),
            self.frame(),
            *parts,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label=f"{title}. {description}",
        )


def ticks(low: float, high: float) -> list[float]:
    """Return about five round values within the bounds."""
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next((f for f in (1, 2, 5, 10) if (high - low) / (f * step) <= 6), 10)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def short(value: float) -> str:
    """Return a tick's number in few characters."""
    if abs(value) >= 10_000:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
    return f"{value:.10g}" if value == 0 or abs(value) >= 1e-4 else f"{value:.0e}"
