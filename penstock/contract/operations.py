"""Operations that every target has a form of its own for."""

from penstock.contract.component import component


@component(kind="fail")
def fail(message: str) -> None:
    """End the run as failed, with a message that people read."""
    raise SystemExit(message)
