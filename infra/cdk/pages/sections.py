"""Sections of pages that are written from the templates, between marks."""

from __future__ import annotations

import re

END = "<!-- end -->"


def section(page: str, name: str) -> str:
    """Return what a page has between the marks of a section."""
    return _found(page, name)[2]


def with_section(page: str, name: str, content: str) -> str:
    """Return a page with another content of a section."""
    found = _found(page, name)
    return f"{page[: found.start(2)]}{content}{page[found.end(2) :]}"


def _found(page: str, name: str) -> re.Match[str]:
    found = re.search(rf"(<!-- {re.escape(name)} -->\n)(.*?)({re.escape(END)})", page, re.DOTALL)
    if found is None:
        raise ValueError(f"the page has no section {name!r}")
    return found
