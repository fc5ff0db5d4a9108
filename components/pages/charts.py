"""The pictures of the report as inline SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.pages.axes import HEIGHT, WIDTH, Axes
from components.pages.markup import Markup, join, tag

_COLOURS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: its name in the legend and its points."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    marked: bool = False


def line_chart(
    title: str,
    description: str,
    axes: Axes,
    lines: Sequence[Line],
    *,
    reference: tuple[tuple[float, float], tuple[float, float]] | None = None,
    marker: tuple[float, float, str] | None = None,
) -> Markup:
    """Draw lines.

    Args:
        title: For readers of the drawing alone.
        description: What the lines show, in words.
        axes: The frame.
        lines: At most one colour each, six colours in turn.
        reference: Ends of a dashed line to compare with.
        marker: A point to point out, with its name.
    """
    parts: list[Markup] = []
    if reference:
        (x1, y1), (x2, y2) = reference
        parts.append(
            tag(
                "line",
                x1=axes.across(x1),
                y1=axes.up(y1),
                x2=axes.across(x2),
                y2=axes.up(y2),
                class_="reference",
            )
        )
    for index, line in enumerate(lines):
        colour = f"c{index % _COLOURS}"
        parts.append(tag("polyline", points=axes.points(line.x, line.y), class_=f"line {colour}"))
        if line.marked:
            parts += [
                tag("circle", cx=axes.across(a), cy=axes.up(b), r=4, class_=f"dot {colour}")
                for a, b in zip(line.x, line.y, strict=True)
            ]
    if marker:
        x, y, name = marker
        left = axes.across(x) > WIDTH / 2
        parts += [
            tag("circle", cx=axes.across(x), cy=axes.up(y), r=5, class_="marker"),
            tag(
                "text",
                name,
                x=axes.across(x) + (-10 if left else 10),
                y=axes.up(y) + (18 if axes.up(y) < HEIGHT / 2 else -10),
                text_anchor="end" if left else "start",
                class_="note",
            ),
        ]
    return join(axes.draw(title, description, *parts), _legend([line.name for line in lines]))


def histogram(
    title: str,
    description: str,
    axes: Axes,
    edges: Sequence[float],
    bars: Mapping[str, Sequence[float]],
) -> Markup:
    """Draw one histogram over another, each as a filled outline."""
    parts: list[Markup] = []
    for index, heights in enumerate(bars.values()):
        outline = [f"{axes.across(edges[0])},{axes.up(axes.y[0])}"]
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
            level = axes.up(height)
            outline += [f"{axes.across(left)},{level}", f"{axes.across(right)},{level}"]
        outline.append(f"{axes.across(edges[-1])},{axes.up(axes.y[0])}")
        parts.append(tag("polyline", points=" ".join(outline), class_=f"area c{index % _COLOURS}"))
    return join(axes.draw(title, description, *parts), _legend(list(bars)))


def scatter(
    title: str,
    description: str,
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    *,
    reference: tuple[float, float],
) -> Markup:
    """Draw points and the diagonal between two values."""
    low, high = reference
    diagonal = tag(
        "line",
        x1=axes.across(low),
        y1=axes.up(low),
        x2=axes.across(high),
        y2=axes.up(high),
        class_="reference",
    )
    dots = [
        tag("circle", cx=axes.across(a), cy=axes.up(b), r=3, class_="dot c0 faint")
        for a, b in zip(x, y, strict=True)
    ]
    return axes.draw(title, description, diagonal, *dots)


def _legend(names: Sequence[str]) -> Markup | None:
    if len(names) < 2:
        return None
    return tag(
        "ul",
        *(
            tag("li", tag("span", class_=f"swatch c{index % _COLOURS}"), name)
            for index, name in enumerate(names)
        ),
        class_="legend",
    )
