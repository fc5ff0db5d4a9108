"""The registry port on MLflow: a run with everything attached, and a version that points to it."""

import fcntl
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from penstock.registry.facts import digests, metric_values, registration_key
from penstock.registry.fetching import fetched_whole
from penstock.registry.mlflow.client import (
    database_file,
    empty_database,
    is_missing,
    is_there,
    open_client,
    translated,
)
from penstock.registry.mlflow.embedded import StoredVersion, read_versions
from penstock.registry.port import (
    Candidate,
    Description,
    Registered,
    Status,
    check_candidate,
    no_such_version,
)

_STATUS, _KEY = "status", "penstock.registration"
_PROPERTY, _METRIC = "penstock.property.", "penstock.metric."
_NOT_ALLOWED = re.compile(r"[^\w\-. /:]")
_RESERVED = ("penstock.", "mlflow.")
_LONGEST_PARAMETER = 6000


class MlflowRegistry:
    """MLflow at an address; see `open_registry`."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._file = database_file(uri)

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
            run = self._write_run(
                experiment, candidate, properties=properties, metrics=metrics, key=key
            )
            tags = {_STATUS: "pending", **_as_tags(properties)} | ({_KEY: key} if key else {})
            source = f"{run.info.artifact_uri}/model"
            version = self._client.create_model_version(
                candidate.group, source, run.info.run_id, tags=tags
            )
            self._client.set_terminated(run.info.run_id)
        return _registered(version)

    def versions(self, group: str) -> Sequence[Registered]:
        """See `Registry.versions`."""
        stored = self._stored(group)
        if stored is not None:
            return [_named(group, each.version) for each in stored]
        with translated(self._uri):
            return sorted(map(_registered, self._search(group)), key=lambda each: each.version)

    def describe(self, group: str, version: int) -> Description:
        """See `Registry.describe`."""
        stored = self._stored(group)
        if stored is not None:
            found_here = [each for each in stored if each.version == version]
            if not found_here:
                raise no_such_version(group, version, self.versions(group))
            return _described(group, found_here[0])
        with translated(self._uri):
            try:
                found = self._client.get_model_version(group, str(version))
            except Exception as error:
                if is_missing(error):
                    raise no_such_version(group, version, self.versions(group)) from error
                raise
            run = self._client.get_run(found.run_id)
        stored_version = StoredVersion(
            version,
            found.creation_timestamp / 1000,
            str(found.source),
            found.tags,
            run.data.tags,
            run.data.metrics,
        )
        return _described(group, stored_version)

    def fetch_model(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_model`."""
        found = self.describe(group, version)
        where = found.registered.uri
        with fetched_whole(folder, found.properties, where) as aside, translated(self._uri):
            number = self._client.get_model_version(group, str(version)).run_id
            self._client.download_artifacts(number, "model", str(aside.parent))

    def _stored(self, group: str) -> Sequence[StoredVersion] | None:
        """Return what an embedded registry holds; None where MLflow has to be asked."""
        return None if self._file is None else read_versions(self._file, group)

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
        wanted = f"name = '{group}'" + (f" AND tags.`{_KEY}` = '{key}'" if key else "")
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
            for run in self._client.search_runs([experiment], f"tags.`{_KEY}` = '{key}'"):
                self._client.delete_run(run.info.run_id)

    def _write_run(
        self,
        experiment: str,
        candidate: Candidate,
        *,
        properties: dict[str, str],
        metrics: dict[str, float],
        key: str | None,
    ) -> Any:
        from mlflow.entities import Metric, Param, RunTag

        tags = _as_tags(properties) | ({_KEY: key} if key else {})
        run = self._client.create_run(experiment, tags=tags, run_name=candidate.group)
        number, now = run.info.run_id, time.time_ns() // 1_000_000
        self._client.log_batch(
            number,
            [Metric(_allowed(name), value, now, 0) for name, value in metrics.items()],
            [
                Param(_allowed(name), value[:_LONGEST_PARAMETER])
                for name, value in candidate.properties.items()
            ],
            [RunTag(*pair) for pair in _renamed(_METRIC, metrics).items()],
        )
        model = candidate.model
        log_model = self._client.log_artifacts if model.is_dir() else self._client.log_artifact
        log_model(number, str(model), "model")
        for name, path in (("metrics.json", candidate.metrics), ("report.html", candidate.report)):
            if path is not None:
                self._client.log_text(number, path.read_text(encoding="utf-8"), name)
        return run


def _write_whole(file: Path, content: bytes) -> None:
    aside = file.with_name(f".{file.name}.new")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def _as_tags(properties: Mapping[str, str]) -> dict[str, str]:
    return {_allowed(name): value for name, value in properties.items()} | _renamed(
        _PROPERTY, properties
    )


def _renamed(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """Return tags that keep the names that MLflow does not take as they are."""
    return {f"{prefix}{_allowed(name)}": name for name in names if name != _allowed(name)}


def _allowed(name: str) -> str:
    """Return a name that MLflow takes, and that is none of its own or ours."""
    safe = _NOT_ALLOWED.sub("_", name.replace("@", "_at_"))
    own = safe == _STATUS or safe.startswith(_RESERVED)
    return f"property.{safe}" if own else safe


def _registered(version: Any) -> Registered:
    return _named(version.name, int(version.version))


def _named(group: str, number: int) -> Registered:
    return Registered(group, number, f"models:/{group}/{number}")


def _described(group: str, stored: StoredVersion) -> Description:
    tags, metrics = stored.tags, stored.metrics
    status = cast(Status, tags.get(_STATUS, "pending"))
    return Description(
        _named(group, stored.version),
        status,
        {
            tags.get(f"{_PROPERTY}{safe}", safe): value
            for safe, value in tags.items()
            if safe != _STATUS and not safe.startswith(_RESERVED)
        },
        {stored.run_tags.get(f"{_METRIC}{safe}", safe): metrics[safe] for safe in metrics},
        stored.location,
        stored.created,
    )
