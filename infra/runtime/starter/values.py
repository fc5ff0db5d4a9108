"""What a pipeline is started with: what `pipeline start` settles for one, out of what is live."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.runtime.champion import champion_of
from infra.runtime.deployed import RELEASE, Deployed, code_of, tags_of
from infra.runtime.errors import Refused
from infra.runtime.rows import Rows
from infra.runtime.starter.due import Due
from infra.runtime.starter.settings import Settings
from infra.runtime.table import Item, Table
from infra.runtime.waiting import NotYet


class Settling:
    """Settles one start.

    Args:
        settings: Of the account.
        due: What starts.
        table: Of promotions.
        sagemaker: Client.
        rows: Sources as the account sees them.
    """

    def __init__(
        self, settings: Settings, due: Due, table: Table, sagemaker: Any, rows: Rows
    ) -> None:
        self._settings, self._due, self._rows = settings, due, rows
        self._table, self._sagemaker = table, sagemaker

    def values(self, deployed: Deployed) -> Mapping[str, str]:
        """Return the parameters that the definition takes.

        Raises:
            Refused: It would decide by nothing, write nowhere, or there is nothing to read.
            NotYet: The definition is not the one that the live model was tried with, or others are
                committing to the source.
        """
        settings, pipeline, declared = self._settings, self._due.pipeline, deployed.declared
        live = self._table.get((f"live#{pipeline.group}-inference", "live"))
        settle = self._training if pipeline.kind == "training" else self._inference
        values = {**settings.parameters, **settle(deployed, live)}
        source = settings.sources.get(pipeline.use_case, "")
        if source and "source" in declared:
            is_increment = "window" in declared and pipeline.use_case in settings.incremental
            values["source"] = (
                self._rows.appended(source, pipeline.group)
                if is_increment
                else self._rows.pinned(source)
            )
        return {name: each for name, each in values.items() if name in declared}

    def _training(self, deployed: Deployed, live: Item | None) -> Mapping[str, str]:
        return {
            **champion_of(live),
            "started_by": self._due.started_by,
            "reason": self._due.reason,
            "code": code_of(tags_of(self._sagemaker, deployed.arn)),
            "definition": f"sha256:{deployed.body}",
        }

    def _inference(self, deployed: Deployed, live: Item | None) -> Mapping[str, str]:
        pipeline, sinks = self._due.pipeline, self._settings.sinks.get(self._due.pipeline.use_case)
        if live is None:
            what = "no model is live, so there is nothing to decide by."
            raise Refused(what, pipeline.name, "Approve a version, and open production for it.")
        if not sinks:
            what = f"nothing says where the decisions of {pipeline.use_case} go."
            raise Refused(what, pipeline.name, "Name its sinks, and deploy again.")
        version = f"{live['group']}/{live['version']}"
        if deployed.body != live["body"]:
            release = tags_of(self._sagemaker, deployed.arn).get(RELEASE, "(none)")
            raise NotYet(
                f"{pipeline.name}: release {release} is deployed here, and {version}, which is "
                f"live, was tried with another definition, that of release {live['release']}. "
                f"Finish the promotion of the former, or approve {version} again, which brings the "
                "latter back."
            )
        return {
            "model": live["model"],
            "model_version": version,
            "model_digest": live["model_digest"],
            "sinks": json.dumps(sinks),
        }
