"""Writes down what roles ask of AWS: at the server, so that no client can be overlooked."""

from infra.rehearsal.recording.server import recorded

__all__ = ["recorded"]
