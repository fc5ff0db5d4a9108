"""The registry port on SageMaker: model packages, with their files in S3 under their digests."""

import json
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from penstock.data.aws.clients import CONNECTIONS
from penstock.data.digest import content_digest
from penstock.errors import Problem, RequestError, ServiceError
from penstock.registry.facts import digests, metric_values, metrics_in, registration_key
from penstock.registry.fetching import fetched_evidence, fetched_model
from penstock.registry.port import (
    Candidate,
    Description,
    Registered,
    Status,
    check_candidate,
    check_mark,
    no_evidence,
    no_such_version,
)
from penstock.registry.sagemaker.address import read_address
from penstock.registry.sagemaker.client import Packages
from penstock.registry.sagemaker.metadata import check_entries
from penstock.registry.sagemaker.packages import (
    Answer,
    Places,
    change,
    creation,
    described,
    entries_of,
    evidence_of,
    is_as_wanted,
    metrics_of,
    model_of,
    registered,
    registration_of,
)
from penstock.registry.sagemaker.storage import Storage
from penstock.registry.sagemaker.unpacking import is_archive, unpack_model

_TRIES = 3


class SagemakerRegistry:
    """SageMaker at an address; see `open_registry`."""

    def __init__(self, uri: str) -> None:
        self._place = read_address(uri)
        self._packages = Packages(self._place.region, uri)
        self._storage = Storage(self._place.region, uri)

    @property
    def database(self) -> Path | None:
        """See `Registry.database`."""
        return None

    def register(self, candidate: Candidate) -> Registered:
        """See `Registry.register`."""
        check_candidate(candidate)
        metric_values(candidate.metrics)  # Refused here rather than when it is read again.
        found, key = digests(candidate), registration_key(candidate)
        root = self._root()
        marker = f"{root}/registrations/{key}.json"
        earlier = self._registered_as(candidate.group, marker) if key else None
        if earlier:
            return earlier
        places = self._places(candidate, found, root)
        entries = entries_of({**candidate.properties, **found}, places, key)
        check_entries(entries, self._place.uri)
        self._packages.ensure_group(candidate.group)
        self._upload(candidate, places)
        token = str(uuid.UUID(key[:32]) if key else uuid.uuid4())
        arn = self._packages.create(creation(candidate, entries, places, self._place.image, token))
        given = (
            Registered(candidate.group, int(arn.rpartition("/")[2]), arn)
            if arn
            else self._by_key(candidate.group, key or "")
        )
        if key:
            content = {"version": given.version, "arn": given.uri}
            self._storage.put_once(json.dumps(content).encode(), marker)
        return given

    def versions(self, group: str) -> Sequence[Registered]:
        """See `Registry.versions`."""
        found = [registered(group, each) for each in self._packages.summaries(group)]
        return sorted(found, key=lambda each: each.version)

    def describe(self, group: str, version: int) -> Description:
        """See `Registry.describe`."""
        return self._described(group, self._answer(group, version))

    def page(self, group: str, limit: int = 50, before: int | None = None) -> Sequence[Description]:
        """See `Registry.page`."""
        narrowed = {}
        if before is not None:
            end = self._packages.describe(group, before) if before > 0 else None
            if end is not None:
                # Others may have been made within the same second.
                narrowed["CreationTimeBefore"] = end["CreationTime"] + timedelta(seconds=1)
        chosen: list[int] = []
        for each in self._packages.summaries(group, **narrowed):
            if len(chosen) >= limit:
                break
            number = registered(group, each).version
            if before is None or number < before:
                chosen.append(number)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            found = list(pool.map(lambda number: self.describe(group, number), chosen))
        return sorted(found, key=lambda each: -each.registered.version)

    def groups(self) -> Sequence[str]:
        """See `Registry.groups`."""
        names = list(self._packages.groups())
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            filled = pool.map(lambda name: any(self._packages.summaries(name)), names)
        return sorted(name for name, is_filled in zip(names, filled, strict=True) if is_filled)

    def fetch_model(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_model`."""
        answer = self._answer(group, version)
        uri = model_of(answer)
        with fetched_model(folder, self._described(group, answer)) as aside:
            if not is_archive(uri):
                self._storage.fetch(uri, aside, keep=folder.parent)
                return
            downloaded = aside.with_name(".archive")
            self._storage.fetch(uri, downloaded, keep=folder.parent)
            unpack_model(next(downloaded.iterdir()), aside, uri)

    def fetch_evidence(self, group: str, version: int, folder: Path) -> None:
        """See `Registry.fetch_evidence`."""
        answer = self._answer(group, version)
        found, uri = self._described(group, answer), evidence_of(answer)
        with fetched_evidence(folder, found) as aside:
            if not uri:
                raise no_evidence(found.registered)
            self._storage.fetch(uri, aside)

    def mark(self, group: str, version: int, status: Status, properties: Mapping[str, str]) -> None:
        """See `Registry.mark`.

        The service updates whatever is there; so what it holds afterwards is read again, and
        written again if another update came between.

        Raises:
            ServiceError: Others kept changing the version, too.
        """
        check_mark(properties)
        for _ in range(_TRIES):
            before = self._answer(group, version)
            wanted = change(before, status, properties)
            entries = wanted["CustomerMetadataProperties"]
            check_entries(entries, str(before["ModelPackageArn"]))
            if self._packages.update(str(before["ModelPackageArn"]), wanted) and is_as_wanted(
                self._answer(group, version), wanted
            ):
                return
        raise ServiceError(
            Problem(
                "others are changing the version at the same time.",
                str(before["ModelPackageArn"]),
                "See what it says now, and try again.",
            )
        )

    def _root(self) -> str:
        if not self._place.bucket:
            raise RequestError(
                Problem(
                    "the registry names no bucket to keep models in.",
                    self._place.uri,
                    "Name one: sagemaker://REGION?bucket=BUCKET.",
                )
            )
        return f"s3://{self._place.bucket}/{self._place.prefix}"

    def _places(self, candidate: Candidate, found: Mapping[str, str], root: str) -> Places:
        def at(digest: str, name: str) -> str:
            return f"{root}/objects/{digest.removeprefix('sha256:')}/{name}"

        pack = candidate.evidence
        return Places(
            at(found["model_digest"], "model/"),
            at(found["metrics_digest"], "metrics.json") if candidate.metrics else "",
            at(found["report_digest"], "report.html") if candidate.report else "",
            at(content_digest(pack), "evidence/") if pack else "",
        )

    def _upload(self, candidate: Candidate, places: Places) -> None:
        if candidate.model.is_dir():
            self._storage.put_folder(candidate.model, places.model)
        else:
            self._storage.put_file(candidate.model, f"{places.model}{candidate.model.name}")
        if candidate.evidence:
            self._storage.put_folder(candidate.evidence, places.evidence)
        for file, uri in ((candidate.metrics, places.metrics), (candidate.report, places.report)):
            if file:
                self._storage.put_file(file, uri)

    def _registered_as(self, group: str, marker: str) -> Registered | None:
        content = self._storage.read(marker)
        if content is None:
            return None
        noted = json.loads(content)
        return Registered(group, int(noted["version"]), str(noted["arn"]))

    def _by_key(self, group: str, key: str) -> Registered:
        """Return the version of a client token that was used with other arguments."""
        for each in self._packages.summaries(group):
            found = registered(group, each)
            answer = self._packages.describe(group, found.version)
            if answer and registration_of(answer) == key:
                return found
        raise ServiceError(
            Problem(
                "the step was registered before, and its version cannot be found.",
                f"the model group {group}",
                "Run the pipeline anew.",
            )
        )

    def _answer(self, group: str, version: int) -> Answer:
        found = self._packages.describe(group, version)
        if found is None:
            raise no_such_version(group, version, self.versions(group))
        return found

    def _described(self, group: str, answer: Answer) -> Description:
        uri = metrics_of(answer)
        content = self._storage.read(uri) if uri else None
        return described(group, answer, metrics_in(content, uri) if content else {})
