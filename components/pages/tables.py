"""Tables of the report."""

from collections.abc import Mapping, Sequence

from components.pages.figures import count, number
from components.pages.markup import Markup, tag


def table(
    caption: str, heads: Sequence[object], rows: Sequence[Sequence[object]], words: int = 1
) -> Markup:
    """Return a table whose first column names the row.

    Args:
        caption: What the table shows; read by screen readers.
        heads: Of the columns.
        rows: Cells; markup or text.
        words: How many columns at the left hold words; the others are aligned as numbers.
    """

    def cell(index: int, content: object) -> Markup:
        if index == 0:
            return tag("th", content, scope="row")
        return tag("td", content, class_=None if index < words else "n")

    head = tag(
        "tr",
        *(
            tag("th", each, scope="col", class_=None if index < words else "n")
            for index, each in enumerate(heads)
        ),
    )
    body = [tag("tr", *(cell(i, each) for i, each in enumerate(row))) for row in rows]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", *body),
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def bars(caption: str, heads: tuple[str, str], shares: Mapping[str, float]) -> Markup:
    """Return a table of names and shares with a bar each, relative to the greatest."""
    greatest = max(shares.values(), default=0.0) or 1.0
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            tag(
                "td",
                tag(
                    "span",
                    tag("span", style=f"width:{100 * share / greatest:.1f}%", class_="fill"),
                    class_="bar",
                ),
                tag("span", number(100 * share, 1), " %", class_="share"),
            ),
        )
        for name, share in shares.items()
    ]
    head = tag("tr", *(tag("th", each, scope="col") for each in heads))
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", *rows),
            class_="bars",
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def confusion(caption: str, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """Return the confusion matrix, each cell shaded by its share of the true class."""
    rows = []
    for name, line in zip(classes, counts, strict=True):
        total = sum(line) or 1
        cells = [
            tag(
                "td",
                tag("b", count(value)),
                tag("small", f"{100 * value / total:.1f} %"),
                class_="cell",
                style=f"--share:{value / total:.3f}",
            )
            for value in line
        ]
        rows.append(tag("tr", tag("th", name, scope="row"), *cells))
    head = tag(
        "tr",
        tag("th", "true ↓ predicted →", scope="col"),
        *(tag("th", c, scope="col") for c in classes),
    )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", *rows),
            class_="confusion",
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )
