"""A registry that lives as long as the process: for tests and for trying things."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.registry.facts import digests, metric_values, registration_key
from penstock.registry.fetching import copy_model, fetched_evidence, fetched_model
from penstock.registry.port import (
    Candidate,
    Description,
    Registered,
    Status,
    check_candidate,
    check_mark,
    no_such_version,
)


class InMemoryRegistry:
    """Keeps versions in a list per group."""

    def __init__(self) -> None:
        self._groups: dict[str, list[Description]] = {}
        self._packs: dict[str, Path] = {}
        self._keys: dict[str, Registered] = {}
        self._lock = threading.Lock()

    @property
    def database(self) -> Path | None:
        """See `Registry.database`."""
        return None

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
            if candidate.evidence is not None:
                self._packs[registered.uri] = candidate.evidence.absolute()
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
        with fetched_model(folder, found) as aside:
            copy_model(Path(url2pathname(urlsplit(found.model_uri).path)), aside)

    def fetch_evidence(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_evidence`."""
        found = self.describe(group, version)
        with fetched_evidence(folder, found) as aside:
            copy_model(self._packs[found.registered.uri], aside)

    def groups(self) -> Sequence[str]:
        """See `Registry.groups`."""
        return sorted(self._groups)

    def page(self, group: str, limit: int = 50, before: int | None = None) -> Sequence[Description]:
        """See `Registry.page`."""
        versions = self._groups.get(group, [])
        end = len(versions) if before is None else max(0, min(before - 1, len(versions)))
        return list(reversed(versions[max(0, end - limit) : end]))

    def mark(self, group: str, version: int, status: Status, properties: Mapping[str, str]) -> None:
        """See `Registry.mark`."""
        check_mark(properties)
        with self._lock:
            found = self.describe(group, version)
            self._groups[group][version - 1] = replace(
                found, status=status, properties={**found.properties, **properties}
            )
