"""Parses `parseJson(string_value)["key"][0]`, the form in which KFP picks a part of a value."""

import re

from penstock.errors import DefinitionError, Problem

_WHOLE = re.compile(r"""parseJson\(string_value\)((?:\[(?:"[^"]*"|'[^']*'|\d+)\])*)""")
_PART = re.compile(r"""\[(?:"([^"]*)"|'([^']*)'|(\d+))\]""")


def parse_selector(text: str, where: str = "") -> tuple[str | int, ...]:
    """Return the keys and positions that lead to the part; none for the whole value.

    Raises:
        DefinitionError: The expression is of another form.
    """
    if not text:
        return ()
    match = _WHOLE.fullmatch(text.strip())
    if match is None:
        raise DefinitionError(
            Problem(
                f"the expression `{text}` picks a part of a value in an unknown way.",
                where,
                'Pick it in a component, or as `item["key"]`.',
            )
        )
    return tuple(
        int(part[3]) if part[3] is not None else part[1] if part[1] is not None else part[2]
        for part in _PART.finditer(match.group(1))
    )
