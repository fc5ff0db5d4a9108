"""An interval on a line with zero and the margin: where things are, in percent of the width."""

from collections.abc import Mapping
from dataclasses import dataclass

_SPACE = 0.14
_EDGE = 14.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the line.

    Attributes:
        at: Percent of the width from the left.
        anchor: How a text there is aligned, so that it stays inside.
    """

    at: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The drawing; better is always at the right.

    Attributes:
        zero: No difference.
        bound: What the interval has to lie above for a recommendation; None where that is zero.
        low: The interval's worse end.
        high: Its better end.
        at: The measured difference.
    """

    zero: Mark
    bound: Mark | None
    low: Mark
    high: Mark
    at: Mark

    @property
    def width(self) -> float:
        """Percent between both ends."""
        return round(self.high.at - self.low.at, 2)

    @property
    def good_from(self) -> float:
        """Where the side begins on which the rule recommends a model."""
        return (self.bound or self.zero).at

    @property
    def bad_until(self) -> float:
        """Where the side ends on which a model is worse."""
        return min(self.good_from, self.zero.at)


def interval(difference: float, low: float, high: float, bound: float) -> Interval:
    """Place an interval.

    Args:
        difference: In the metric's unit, positive where the candidate is better.
        low: Lower bound of it.
        high: Upper bound of it.
        bound: What the whole interval has to exceed; below 0 where some loss is allowed.
    """
    ends = (0.0, bound, difference, low, high)
    least, greatest = min(ends), max(ends)
    span = (greatest - least) or 1.0
    least, greatest = least - _SPACE * span, greatest + _SPACE * span
    # Zero is never far out: both sides are seen.
    reach = 0.3 * (greatest - least)
    least, greatest = min(least, -reach), max(greatest, reach)

    def mark(value: float) -> Mark:
        at = round(100 * (value - least) / (greatest - least), 2)
        return Mark(at, "start" if at < _EDGE else "end" if at > 100 - _EDGE else "middle")

    return Interval(
        mark(0.0),
        mark(bound) if bound else None,
        mark(low),
        mark(high),
        mark(difference),
    )


def look(outcome: str) -> str:
    """Return the class of the colour in which an outcome is drawn."""
    return _LOOKS.get(outcome, "open")


_LOOKS: Mapping[str, str] = {"better": "good", "worse": "bad", "first": "plain"}
