"""The registry port on MLflow: a run with everything attached, and a version that points to it."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.registry.facts import digests, metric_values, registration_key
from penstock.registry.fetching import copy_model, fetched_evidence, fetched_model
from penstock.registry.mlflow.client import (
    database_file,
    empty_database,
    is_there,
    open_client,
    translated,
)
from penstock.registry.mlflow.embedded import (
    StoredVersion,
    read_groups,
    read_numbers,
    read_versions,
    write_tags,
)
from penstock.registry.mlflow.tags import KEY, STATUS, as_tags, described, named
from penstock.registry.mlflow.tracking import write_run
from penstock.registry.port import (
    Candidate,
    Description,
    Registered,
    Status,
    check_candidate,
    check_mark,
    no_such_version,
)


class MlflowRegistry:
    """MLflow at an address; see `open_registry`."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._file = database_file(uri)

    @property
    def database(self) -> Path | None:
        """See `Registry.database`."""
        return self._file

    def register(self, candidate: Candidate) -> Registered:
        """See `Registry.register`."""
        check_candidate(candidate)
        metrics, found = metric_values(candidate.metrics), digests(candidate)
        key = registration_key(candidate)
        properties = {**candidate.properties, **found}
        with self._alone(), translated(self._uri):
            earlier = self._registered_as(candidate.group, key)
            if earlier:
                return earlier
            self._ensure_group(candidate.group)
            experiment = self._experiment(candidate.group)
            self._drop_unfinished(experiment, key)
            run = write_run(
                self._client,
                experiment,
                candidate,
                properties=properties,
                metrics=metrics,
                key=key,
            )
            tags = {STATUS: "pending", **as_tags(properties)} | ({KEY: key} if key else {})
            # The model folder lies below it, beside what makes it a model of MLflow's.
            version = self._client.create_model_version(
                candidate.group, run.info.artifact_uri, run.info.run_id, tags=tags
            )
            self._client.set_terminated(run.info.run_id)
        return _registered(version)

    def versions(self, group: str) -> Sequence[Registered]:
        """See `Registry.versions`."""
        numbers = None if self._file is None else read_numbers(self._file, group)
        if numbers is not None:
            return [named(group, each) for each in numbers]
        with translated(self._uri):
            return sorted(map(_registered, self._search(group)), key=lambda each: each.version)

    def describe(self, group: str, version: int) -> Description:
        """See `Registry.describe`."""
        return described(group, self._stored(group, version))

    def page(self, group: str, limit: int = 50, before: int | None = None) -> Sequence[Description]:
        """See `Registry.page`."""
        return [described(group, each) for each in self._newest(group, limit, before)]

    def groups(self) -> Sequence[str]:
        """See `Registry.groups`."""
        known = None if self._file is None else read_groups(self._file)
        if known is not None:
            return known
        names: list[str] = []
        token = None
        with translated(self._uri):
            while True:
                page = self._client.search_registered_models(max_results=200, page_token=token)
                names += [each.name for each in page if each.latest_versions]
                token = page.token
                if not token:
                    return sorted(names)

    def fetch_model(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_model`."""
        stored = self._stored(group, version)
        found = described(group, stored)
        with fetched_model(folder, found) as aside:
            self._copy(group, version, found.model_uri, "model", aside)

    def fetch_evidence(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_evidence`."""
        stored = self._stored(group, version)
        with fetched_evidence(folder, described(group, stored)) as aside:
            self._copy(group, version, f"{stored.artifacts}/evidence", "evidence", aside)

    def mark(self, group: str, version: int, status: Status, properties: Mapping[str, str]) -> None:
        """See `Registry.mark`."""
        check_mark(properties)
        self._stored(group, version)
        tags = {STATUS: status, **as_tags(properties)}
        with self._alone(), translated(self._uri):
            if self._file is not None and write_tags(self._file, group, version, tags):
                return
            for name, value in tags.items():
                self._client.set_model_version_tag(group, str(version), name, value)

    def _stored(self, group: str, version: int) -> StoredVersion:
        found = self._newest(group, 1, version + 1)
        if not found or found[0].version != version:
            raise no_such_version(group, version, self.versions(group))
        return found[0]

    def _newest(self, group: str, limit: int, before: int | None) -> Sequence[StoredVersion]:
        if self._file is not None:
            known = read_versions(self._file, group, limit, before)
            if known is not None:
                return known
        with translated(self._uri):
            return self._asked(group, limit, before)

    def _asked(self, group: str, limit: int, before: int | None) -> Sequence[StoredVersion]:
        """Ask MLflow itself."""
        older = "" if before is None else f" AND version_number < {before}"
        found = self._client.search_model_versions(
            f"name = '{group}'{older}", max_results=limit, order_by=["version_number DESC"]
        )
        runs = {each.run_id: self._client.get_run(each.run_id) for each in found}
        return [
            StoredVersion(
                int(each.version),
                each.creation_timestamp / 1000,
                str(each.source),
                str(runs[each.run_id].info.artifact_uri),
                each.tags,
                runs[each.run_id].data.tags,
                runs[each.run_id].data.metrics,
            )
            for each in found
        ]

    def _copy(self, group: str, version: int, location: str, name: str, folder: Path) -> None:
        """Copy what a run keeps as `name` to a folder: files as files, all else through MLflow."""
        with translated(self._uri):
            place = urlsplit(location)
            if place.scheme == "file":
                copy_model(Path(url2pathname(place.path)), folder)
                return
            run = self._client.get_model_version(group, str(version)).run_id
            self._client.download_artifacts(run, name, str(folder.parent))
            (folder.parent / name).replace(folder)

    @cached_property
    def _client(self) -> Any:
        return open_client(self._uri)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time write to an embedded registry: SQLite has one writer."""
        if self._file is None:
            yield
            return
        with translated(self._uri):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            lock = self._file.with_name(f"{self._file.name}.lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with translated(self._uri):
                if not self._file.exists():
                    _write_whole(self._file, empty_database())
            yield

    def _search(self, group: str, key: str | None = None) -> list[Any]:
        wanted = f"name = '{group}'" + (f" AND tags.`{KEY}` = '{key}'" if key else "")
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_model_versions(wanted, max_results=200, page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _registered_as(self, group: str, key: str | None) -> Registered | None:
        found = self._search(group, key) if key else []
        return _registered(found[0]) if found else None

    def _ensure_group(self, group: str) -> None:
        try:
            self._client.create_registered_model(group)
        except Exception as error:
            if not is_there(error):
                raise

    def _experiment(self, group: str) -> str:
        found = self._client.get_experiment_by_name(group)
        if found is not None:
            return str(found.experiment_id)
        location = None
        if self._file is not None:
            location = (self._file.parent / "artifacts" / group).resolve().as_uri()
        return str(self._client.create_experiment(group, artifact_location=location))

    def _drop_unfinished(self, experiment: str, key: str | None) -> None:
        """Remove the run of a registration that was interrupted before it had its version."""
        if key:
            for run in self._client.search_runs([experiment], f"tags.`{KEY}` = '{key}'"):
                self._client.delete_run(run.info.run_id)


def _write_whole(file: Path, content: bytes) -> None:
    aside = file.with_name(f".{file.name}.new")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _registered(version: Any) -> Registered:
    return named(version.name, int(version.version))
