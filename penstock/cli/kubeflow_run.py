"""`pipeline run --target kubeflow`: compile, submit, follow."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import Problem, RequestError, StepError

TOKEN_VARIABLE = "PENSTOCK_KUBEFLOW_TOKEN"  # noqa: S105  # the variable's name
_TYPES = {
    "NUMBER_INTEGER": "Integer",
    "NUMBER_DOUBLE": "Float",
    "BOOLEAN": "Boolean",
    "LIST": "Document",
    "STRUCT": "Document",
}
_HERE_ALONE = (
    *("definition", "images", "resume", "from_step", "reference", "artifacts", "registry"),
    *("then", "first", "last", "again"),
)
_PARAMETERS = ("window", "as_of", "date", "model")
_SPELT = {"images": "image", "first": "from", "last": "to"}
_LEAVE = "Leave it out."


@dataclass(frozen=True, slots=True)
class KubeflowRequest:
    """What to submit and where."""

    name: str | None
    use_case: str
    from_ir: str | None
    source: str | None
    settings: tuple[str, ...]
    host: str
    namespace: str
    task_image: str | None
    follow: bool


def check_options(options: Mapping[str, Any]) -> None:
    """Check that the options of `pipeline run` make sense for a server.

    Raises:
        RequestError: Some are for this machine only, or there is nothing to run; all are listed.
    """
    problems = [
        Problem(
            f"--{_SPELT.get(name, name.replace('_', '-'))} is for runs on this machine.",
            "--target kubeflow",
            "Leave it out; parameters are given by --set." if name in _PARAMETERS else _LEAVE,
        )
        for name in (*_HERE_ALONE, *_PARAMETERS)
        if options[name]
    ]
    if (options["name"] is None) == (options["from_ir"] is None):
        problems.append(Problem("say what to run: a name such as `training`, or --from-ir FILE."))
    if not options["host"]:
        problems.append(
            Problem(
                "say which Kubeflow Pipelines server is to run it.",
                "--host",
                "Give its URL, such as --host http://localhost:8080.",
            )
        )
    if problems:
        raise RequestError(problems)


def run_on_kubeflow(request: KubeflowRequest, say: Callable[[str], None]) -> dict[str, Any]:
    """Submit a pipeline and, if asked, follow it to its end.

    Raises:
        RequestError: A parameter is wrong; nothing was submitted.
        ServiceError: The server refused or could not be reached.
        StepError: The run that was followed failed.
    """
    from penstock.cli.compilation import compile_ir, read_text
    from penstock.cli.settings import read_settings
    from penstock.targets.kubeflow.client import KubeflowClient
    from penstock.targets.kubeflow.ir_document import read_document

    if request.from_ir is not None:
        document = read_document(read_text(request.from_ir), request.from_ir)
    else:
        document = read_document(compile_ir(str(request.name), request.use_case), str(request.name))
    if request.task_image:
        document = document.with_image(request.task_image)
    declared = document.specification["root"].get("inputDefinitions", {}).get("parameters", {})
    types = {
        name: _TYPES.get(str(details.get("parameterType")), "String")
        for name, details in declared.items()
    }
    values: dict[str, Any] = dict(read_settings(request.settings, types))
    if request.source is not None:
        values["source"] = request.source
    client = KubeflowClient(
        request.host, namespace=request.namespace, token=os.environ.get(TOKEN_VARIABLE, "")
    )
    submitted = client.submit(
        document, values, experiment=document.name, run_name=f"{document.name} by pipeline run"
    )
    say(f"submitted run {submitted.run_id}: {submitted.url}")
    facts: dict[str, Any] = {"run_id": submitted.run_id, "url": submitted.url}
    if not request.follow:
        return facts
    state, message = client.follow(submitted.run_id, lambda state: say(f"  {state.lower()}"))
    if state != "SUCCEEDED":
        raise StepError(
            Problem(
                f"the run ended as {state}{f': {message}' if message else ''}.",
                f"run {submitted.run_id}",
                f"Look at {submitted.url}.",
            )
        )
    return facts | {"state": state}
