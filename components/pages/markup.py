"""HTML and SVG elements out of plain values; text is escaped unless it is markup already."""

from html import escape


class Markup(str):
    """Text that is markup and is written as it is."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        name: Such as `td`.
        children: Markup is written as it is, None not at all, everything else escaped.
        attributes: `_` in a name becomes `-`, one at the end is dropped (`class_`); None leaves the
            attribute out.
    """
    written = "".join(
        f' {_name(key)}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(*children)
    if not inner and name in _VOID:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{inner}</{name}>")


def join(*children: object) -> Markup:
    """Return children one after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(str(child), quote=True)
            for child in children
            if child is not None
        )
    )


def _name(key: str) -> str:
    return "viewBox" if key == "viewBox" else key.rstrip("_").replace("_", "-")


_VOID = frozenset({"line", "rect", "circle", "path", "polyline", "br", "meta", "input"})
