"""Templates into pages. Everything is escaped; what is not defined is a fault."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from serving.console.security.sessions import Session
from serving.console.views import figures
from serving.console.views.consequence import STANDINGS

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        instant=figures.instant,
        number=figures.number,
        short=figures.short,
        words=figures.words,
        count=figures.count,
    )
    style = hashlib.sha256((STATIC / "console.css").read_bytes()).hexdigest()[:12]
    environment.globals.update(style=style, standings=STANDINGS, age=figures.age)
    return environment


def page(
    request: Request,
    template: str,
    *,
    session: Session | None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a page.

    Args:
        request: Which is answered.
        template: File name.
        session: Who reads it; None: nobody is signed in.
        status: Of the answer.
        headers: More of them.
        values: What the template shows.
    """
    text = (
        _environment()
        .get_template(template)
        .render(session=session, path=request.url.path, **values)
    )
    return HTMLResponse(text, status, headers=dict(headers or {}))
