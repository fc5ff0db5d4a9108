"""What an execution in an account looks at: settled before it starts, where its jobs reach it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.cli.candidate import candidate_settings, registered_group
from penstock.cli.inputs import Inputs
from penstock.cli.models.choosing import TRIAL
from penstock.cli.models.deciding import check_decider
from penstock.cli.run_facts import definition_digest
from penstock.cli.run_inputs import default_sinks, keep_sinks_apart, settle_inputs
from penstock.cli.run_request import RunRequest
from penstock.cli.start_source import reachable_source
from penstock.cli.uploading import Uploads
from penstock.deployment.wanted import COMMIT
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.cli.account import Account
    from penstock.cli.settings import ScalarValue
    from penstock.cli.starting import StartRequest
    from penstock.environments import Environment
    from penstock.executions.parameters import Settings
    from penstock.executions.service import Pipeline
    from penstock.use_case import UseCase

_NO_CHAMPION = {"champion": "", "champion_version": "", "champion_evidence": ""}


@dataclass(frozen=True, slots=True)
class Start:
    """A start that is being prepared.

    Attributes:
        pipeline: As it is deployed.
        settings: What the user sets; checked.
        tags: Of the pipeline.
    """

    request: StartRequest
    account: Account
    pipeline: Pipeline
    settings: Settings
    tags: Mapping[str, str]

    def by_project(self) -> Inputs:
        """Return values that follow from the request, the use case, the registry and the ledger.

        Raises:
            RequestError: A source or a model cannot be had there, or an option has no meaning.
            ApprovalError: The model is not approved, or it or the settings are not what was.
            ServiceError: A service refused or did not answer.
        """
        from penstock.use_case import load_use_case

        use_case = load_use_case(self.request.use_case)
        types, given = self._types, self.settings.values
        self._require_registry("model" in types and "model" not in given)
        uploads, found = Uploads(self._environment), Inputs()
        source = self.request.source or self._environment.sources.get(use_case.name)
        if "source" in types and "source" not in given:
            source = reachable_source(source, use_case, self._environment, uploads, found.notes)
        asked = self._asked(name=self.request.name, source=source)
        with _registry_of(self._environment):
            inputs = settle_inputs(asked, types, given)
            version = str(inputs.settings.get("model_version", ""))
            trial = "model" in given or (version.endswith(TRIAL) if version else self.request.trial)
            if "model" in types and not trial:
                self._check_settings(use_case.group)
            found.notes += inputs.notes
            found.settings |= inputs.settings
            found.settings |= self._facts(asked, found.notes)
        if "sinks" in given and trial:
            own = self._environment.sinks.get(use_case.name, ())
            keep_sinks_apart(str(given["sinks"]), own, str(given.get("source") or source or ""))
        if "sinks" in found.settings:
            sinks = self._own_sinks(json.loads(str(found.settings["sinks"])), use_case)
            found.settings["sinks"] = json.dumps(
                [_reachable_sink(str(sink), use_case, self._environment) for sink in sinks]
            )
        return self._reachable(found, uploads)

    def by_account(self) -> Inputs:
        """Return what the evidence of a candidate tells; all else is for the user to set.

        Raises:
            RequestError: An option needs a pipeline of the project.
            ApprovalError: It decides by a model that is not approved, or not what was approved.
            ServiceError: A service refused or did not answer.
        """
        self._refuse_options()
        types, found = self._types, Inputs()
        decides = {"model", "model_version", "model_digest"} <= types.keys()
        self._require_registry(decides)
        asked = self._asked(definition=self.pipeline.name)
        with _registry_of(self._environment):
            check_decider(asked, types, self.settings.values)
            if decides:
                version = str(self.settings.values.get("model_version"))
                self._check_settings(version.rpartition("/")[0])
            found.settings |= self._facts(asked, found.notes)
        return self._reachable(found, Uploads(self._environment))

    @property
    def _environment(self) -> Environment:
        return self.account.environment

    @property
    def _types(self) -> dict[str, str]:
        return {name: each.type for name, each in self.settings.declared.items()}

    def _asked(
        self, *, name: str | None = None, definition: str | None = None, source: str | None = None
    ) -> RunRequest:
        request = self.request
        return RunRequest(
            name=name,
            use_case=request.use_case,
            definition=definition,
            from_ir=None,
            source=source,
            settings=request.settings,
            images={},
            resume=None,
            from_step=None,
            cache=True,
            artifacts=None,
            registry=self._environment.registry or None,
            quiet=True,
            window=request.window,
            as_of=request.as_of,
            date=request.date,
            model=request.model,
            stage=self._environment.name,
            trial=request.trial,
            reason=request.reason,
        )

    def _check_settings(self, group: str) -> None:
        from penstock.approval.opening import open_approvals
        from penstock.cli.models.deployed_settings import check_settings
        from penstock.registry import open_registry

        approvals = open_approvals(open_registry(self._environment.registry))
        check_settings(approvals.live(group, self._environment.name), self.pipeline)

    def _own_sinks(self, settled: Sequence[str], use_case: UseCase) -> Sequence[str]:
        """Return the environment's sinks in the place of the use case's; a trial's stay."""
        own = self._environment.sinks.get(use_case.name)
        return own if own and settled == json.loads(default_sinks(use_case)) else settled

    def _refuse_options(self) -> None:
        request = self.request
        options = {
            "--source": request.source,
            "--window": request.window,
            "--as-of": request.as_of,
            "--date": request.date,
            "--model": request.model,
            "--trial": request.trial or None,
        }
        problems = [
            Problem(f"{option} is for a pipeline of the project.", "", "Use --set.")
            for option, value in options.items()
            if value is not None
        ]
        if problems:
            raise RequestError(problems)

    def _require_registry(self, decides: bool) -> None:
        """Refuse to ask the registry of this machine what holds elsewhere."""
        needed = decides or self.request.window == "incremental"
        if needed and not self._environment.registry:
            name = self._environment.name
            what = f"{name} names no registry, which tells the model."
            remedy = f"Add `registry: ...` to {name}."
            raise RequestError(Problem(what, "environments.yaml", remedy))

    def _facts(self, asked: RunRequest, notes: list[str]) -> Mapping[str, ScalarValue]:
        """Return what the evidence of a candidate tells of its making."""
        definition = json.loads(self.pipeline.definition)
        if registered_group(definition) is None:
            return {}
        facts: Mapping[str, ScalarValue] = _NO_CHAMPION
        if asked.registry is None:
            notes.append(f"{self._environment.name} names no registry, so there is no champion")
        else:
            try:
                facts = candidate_settings(asked, definition, self.pipeline.definition, {})
            except RequestError as error:
                if not _is_of_no_stage(error):
                    raise
                notes.append(f"the rules know no stage {asked.stage}, so there is no champion")
        commit = self.tags.get(COMMIT, "none")
        return {
            **facts,
            "started_by": self.account.caller,
            "reason": asked.reason,
            "code": "" if commit == "none" else commit.replace("-dirty", " dirty"),
            "definition": definition_digest(self.pipeline.definition),
        }

    def _reachable(self, found: Inputs, uploads: Uploads) -> Inputs:
        """Upload what lies on this machine, such as the evidence of the champion."""
        for name, value in found.settings.items():
            if name in self._types and isinstance(value, str) and value.startswith("file://"):
                found.settings[name] = uploads.address(value)
        return found


def _is_of_no_stage(error: RequestError) -> bool:
    return any(problem.what.startswith("there is no stage ") for problem in error.problems)


def _reachable_sink(sink: str, use_case: UseCase, environment: Environment) -> str:
    """Return a sink as it is; one that would stay on this machine goes below the artifacts."""
    if "://" in sink or sink.startswith("source"):
        return sink
    kind = "trials" if "/trials/" in sink else "decisions"
    return f"{environment.artifacts}/{kind}/{use_case.name}"


@contextlib.contextmanager
def _registry_of(environment: Environment) -> Iterator[None]:
    """Let the ledger and the Region that are asked meanwhile be those of the environment."""
    from penstock.approval.opening import LEDGER

    wanted = {
        LEDGER: environment.ledger,
        "AWS_REGION": environment.region,
        "AWS_DEFAULT_REGION": environment.region,
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update({name: value for name, value in wanted.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
