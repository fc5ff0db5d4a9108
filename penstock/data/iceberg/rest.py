"""A REST catalog that waits for an answer no longer than it says."""

from __future__ import annotations

import functools
import warnings
from typing import Any

from pyiceberg.catalog.rest import RestCatalog

TIMEOUTS_SECONDS = (10, 60)
"""To connect, and for an answer; pyiceberg itself waits for ever."""


class PatientRestCatalog(RestCatalog):
    """pyiceberg's client with timeouts."""

    def _create_session(self) -> Any:
        with warnings.catch_warnings():
            # It asks for a setting that the server may tell as well.
            warnings.simplefilter("ignore", DeprecationWarning)
            session = super()._create_session()
        session.request = functools.partial(session.request, timeout=TIMEOUTS_SECONDS)
        return session
