"""A registry that lives as long as the process: for tests and for trying things."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.registry.facts import digests, metric_values, registration_key
from penstock.registry.fetching import copy_model, fetched_whole
from penstock.registry.port import (
    Candidate,
    Description,
    Registered,
    check_candidate,
    no_such_version,
)


class InMemoryRegistry:
    """Keeps versions in a list per group."""

    def __init__(self) -> None:
        self._groups: dict[str, list[Description]] = {}
        self._keys: dict[str, Registered] = {}
        self._lock = threading.Lock()

    def register(self, candidate: Candidate) -> Registered:
        """See `Registry.register`."""
        check_candidate(candidate)
        metrics, found = metric_values(candidate.metrics), digests(candidate)
        key = registration_key(candidate)
        with self._lock:
            if key and key in self._keys:
                return self._keys[key]
            versions = self._groups.setdefault(candidate.group, [])
            number = len(versions) + 1
            registered = Registered(candidate.group, number, f"memory:/{candidate.group}/{number}")
            properties = {**candidate.properties, **found}
            versions.append(
                Description(
                    registered,
                    "pending",
                    properties,
                    metrics,
                    candidate.model.absolute().as_uri(),
                    time.time(),
                )
            )
            if key:
                self._keys[key] = registered
            return registered

    def versions(self, group: str) -> Sequence[Registered]:
        """See `Registry.versions`."""
        return [each.registered for each in self._groups.get(group, [])]

    def describe(self, group: str, version: int) -> Description:
        """See `Registry.describe`."""
        for each in self._groups.get(group, []):
            if each.registered.version == version:
                return each
        raise no_such_version(group, version, self.versions(group))

    def fetch_model(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_model`."""
        found = self.describe(group, version)
        with fetched_whole(folder, found.properties, found.registered.uri) as aside:
            copy_model(Path(url2pathname(urlsplit(found.model_uri).path)), aside)
