"""Which container image a component runs in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_image: ContextVar[str] = ContextVar("penstock_image", default="")


def container_image() -> str:
    """Return the URI of the image; empty outside of a container whose job says so."""
    return _image.get()


@contextmanager
def image_in(uri: str) -> Iterator[None]:
    """Let the component called in this block run in an image."""
    token = _image.set(uri)
    try:
        yield
    finally:
        _image.reset(token)
