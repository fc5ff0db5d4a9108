"""Runs several tasks of a pipeline one after another in this job, as KFP's backend would.

The graph comes from `bundle.json`, which `penstock/targets/sagemaker/bundle_document.py` writes.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from penstock.container.bundle_decisions import decided, filled, selected
from penstock.container.failures import CommandFailedError
from penstock.container.fetching import fetched
from penstock.container.foreign_command import run_with_retries
from penstock.container.input_artifacts import described, listed
from penstock.container.layout import BUNDLE_FILE, PARAMETERS, PARAMETERS_FILE, Layout
from penstock.container.output_artifacts import Outputs
from penstock.container.values import as_text, typed

_FACT_PREFIX = "fact-"

SUCCEEDED, FAILED, SKIPPED, BLOCKED = "SUCCEEDED", "FAILED", "SKIPPED", "BLOCKED"


class TaskResult:
    """How a task ended and what it gave."""

    def __init__(self, state: str, error: str = "") -> None:
        self.state, self.error = state, error
        self.values: dict[str, Any] = {}
        self.artifacts: dict[str, list[dict[str, Any]]] = {}


def run_bundle(folder: Path, executor_input: dict[str, Any], layout: Layout) -> None:
    """Run the graph of `folder/bundle.json` and leave its outputs as a single command would.

    Raises:
        CommandFailedError: A task failed; those that do not depend on it have run.
    """
    document = json.loads((folder / BUNDLE_FILE).read_text(encoding="utf-8"))
    inputs = executor_input["inputs"]
    run = _Run(document["components"], layout.staging / "bundle", inputs["parameterValues"])
    artifacts = {name: value["artifacts"] for name, value in inputs["artifacts"].items()}
    results = run.graph(document["tasks"], inputs["parameterValues"], artifacts, "")
    values: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for name, source in document["outputs"].items():
        result = results[source["task"]]
        if source["artifact"] and source["output"] in result.artifacts:
            written[name] = {"artifacts": result.artifacts[source["output"]]}
        elif source["output"] in result.values:
            values[name] = result.values[source["output"]]
    Path(executor_input["outputs"]["outputFile"]).write_text(
        json.dumps({"parameterValues": values, "artifacts": written}), encoding="utf-8"
    )
    if run.failures:
        raise CommandFailedError("; ".join(run.failures), 1)


class _Run:
    def __init__(self, components: dict[str, Any], work: Path, given: dict[str, Any]) -> None:
        self._components, self._work = components, work
        self._facts = {
            name[len(_FACT_PREFIX) :]: str(value)
            for name, value in given.items()
            if name.startswith(_FACT_PREFIX)
        }
        (work.parent / "workspace").mkdir(parents=True, exist_ok=True)
        self.failures: list[str] = []

    def graph(
        self,
        tasks: list[dict[str, Any]],
        values: dict[str, Any],
        artifacts: dict[str, Any],
        path: str,
    ) -> dict[str, TaskResult]:
        results: dict[str, TaskResult] = {}
        waiting = list(tasks)
        while waiting:
            task = next(task for task in waiting if _needs(task) <= results.keys())
            waiting.remove(task)
            results[task["name"]] = self._task(task, results, values, artifacts, path)
        return results

    def _task(
        self,
        task: dict[str, Any],
        results: dict[str, TaskResult],
        values: dict[str, Any],
        artifacts: dict[str, Any],
        path: str,
    ) -> TaskResult:
        place = f"{path}{task['name']}"
        before = [results[name] for name in task["after"]]
        if not task["always"]:
            if any(result.state in (FAILED, BLOCKED) for result in before):
                return TaskResult(BLOCKED)
            if any(result.state == SKIPPED for result in before):
                return TaskResult(SKIPPED)
        given: dict[str, Any] = {}
        brought: dict[str, Any] = {}
        for name, binding in task["parameters"].items():
            found, value = _bound(binding, results, values, "values")
            if found:
                given[name] = value
        for name, binding in task["parameters"].items():
            if "constant" in binding:
                given[name] = self._filled(binding["constant"], given, task["name"])
        for name, binding in task["artifacts"].items():
            found, value = _bound(binding, results, artifacts, "artifacts")
            if found:
                brought[name] = value
        if "condition" in task and not decided(task["condition"], given):
            print(f"{place}: its condition does not hold", file=sys.stderr, flush=True)
            return TaskResult(SKIPPED)
        if "loop" in task:
            return self._loop(task, given, brought, place)
        return self._component(task, given, brought, place)

    def _loop(
        self, task: dict[str, Any], given: dict[str, Any], brought: dict[str, Any], place: str
    ) -> TaskResult:
        loop = task["loop"]
        whole = TaskResult(SUCCEEDED)
        interface = self._components[task["component"]]["interface"]
        whole.values = {name: [] for name in interface["returns"]}
        whole.artifacts = {name: [] for name in interface["outputs"]}
        for index, item in enumerate(_items(loop, given, brought)):
            own, carried = dict(given), dict(brought)
            if loop["artifacts"]:
                carried[loop["item_input"]] = [item]
            else:
                own[loop["item_input"]] = item
            result = self._component(task, own, carried, f"{place}[{index}]")
            if result.state == FAILED:
                whole.state, whole.error = FAILED, whole.error or result.error
            for name, value in result.values.items():
                whole.values.setdefault(name, []).append(value)
            for name, members in result.artifacts.items():
                whole.artifacts.setdefault(name, []).extend(members)
        return whole

    def _component(
        self, task: dict[str, Any], given: dict[str, Any], brought: dict[str, Any], place: str
    ) -> TaskResult:
        component = self._components[task["component"]]
        interface = component["interface"]
        values = {**interface["defaults"], **given}
        values = {
            name: typed(interface["inputs"].get(name, ""), value)
            for name, value in values.items()
            if value is not None
        }
        if "graph" in component:
            return self._nested(component["graph"], values, brought, place)
        if "importer" in component:
            return self._imported(component, values, place)
        return self._command(task, component, values, brought, place)

    def _nested(
        self, graph: dict[str, Any], values: dict[str, Any], brought: dict[str, Any], place: str
    ) -> TaskResult:
        results = self.graph(graph["tasks"], values, brought, f"{place}/")
        failed = [result for result in results.values() if result.state == FAILED]
        whole = TaskResult(FAILED if failed else SUCCEEDED, failed[0].error if failed else "")
        for name, sources in graph["output_parameters"].items():
            for task, output in sources:
                if output in results[task].values:
                    whole.values[name] = results[task].values[output]
                    break
        for name, sources in graph["output_artifacts"].items():
            for task, output in sources:
                if output in results[task].artifacts:
                    whole.artifacts[name] = results[task].artifacts[output]
                    break
        return whole

    def _imported(
        self, component: dict[str, Any], values: dict[str, Any], place: str
    ) -> TaskResult:
        importer = component["importer"]
        binding = importer["uri"]
        uri = values[binding["input"]] if "input" in binding else binding["constant"]
        file = fetched(as_text(self._filled(uri, values, place)), self._folder(place) / "imported")
        result = TaskResult(SUCCEEDED)
        artifact = {
            "name": "artifact",
            "type": {"schemaTitle": importer["schema_title"]},
            "uri": str(file),
            "metadata": self._filled(importer["metadata"], values, place),
        }
        result.artifacts = {name: [artifact] for name in component["interface"]["outputs"]}
        return result

    def _command(
        self,
        task: dict[str, Any],
        component: dict[str, Any],
        values: dict[str, Any],
        brought: dict[str, Any],
        place: str,
    ) -> TaskResult:
        interface, container = component["interface"], component["container"]
        layout = Layout(self._folder(place), "processing")
        outputs = Outputs(interface["outputs"], interface["returns"], layout)
        executor_input = {
            "inputs": {
                "parameterValues": {
                    name: value for name, value in values.items() if name in interface["inputs"]
                },
                "artifacts": {
                    name: {"artifacts": members}
                    for name, members in brought.items()
                    if name in interface["artifacts"]
                },
            },
            "outputs": outputs.executor_input(),
        }
        print(f"{place}: started", file=sys.stderr, flush=True)
        try:
            run_with_retries(
                container["command"] + container["arguments"],
                executor_input,
                task.get("retry") or {"attempts": 0},
                {
                    name: as_text(self._filled(text, values, task["name"]))
                    for name, text in container["environment"].items()
                },
            )
        except CommandFailedError as error:
            message = f"{place}: {error}"
            print(message, file=sys.stderr, flush=True)
            self.failures.append(message)
            return TaskResult(FAILED, str(error))
        outputs.finish()
        return _given(interface, layout)

    def _filled(self, value: Any, values: dict[str, Any], task_name: str) -> Any:
        known = {
            **self._facts,
            "pipeline_task_name": task_name,
            "pipeline_task_uuid": str(uuid.uuid4()),
            "workspace_path": str(self._work.parent / "workspace"),
        }
        return filled(value, values, known)

    def _folder(self, place: str) -> Path:
        return self._work.joinpath(*place.split("/"))


def _given(interface: dict[str, Any], layout: Layout) -> TaskResult:
    result = TaskResult(SUCCEEDED)
    file = layout.outputs / PARAMETERS / PARAMETERS_FILE
    if file.is_file():
        result.values = json.loads(file.read_text(encoding="utf-8"))
    for name, title in interface["outputs"].items():
        folder = layout.outputs / name
        result.artifacts[name] = (
            listed(folder, title[:-2]) if title.endswith("[]") else [described(folder, title)]
        )
    return result


def _bound(
    binding: dict[str, Any],
    results: dict[str, TaskResult],
    surrounding: dict[str, Any],
    kind: str,
) -> tuple[bool, Any]:
    if "status" in binding:
        return True, _status(binding["status"], results[binding["status"]])
    if "input" in binding:
        source, name = surrounding, binding["input"]
    elif "task" in binding:
        source, name = getattr(results[binding["task"]], kind), binding["output"]
    else:
        return False, None
    if name not in source:
        return False, None
    return True, selected(source[name], binding.get("path", []))


def _status(name: str, result: TaskResult) -> dict[str, Any]:
    """PipelineTaskFinalStatus, as KFP's executor reads it."""
    failed = result.state in (FAILED, BLOCKED)
    return {
        "state": FAILED if failed else SUCCEEDED,
        "pipelineTaskName": name,
        "pipelineJobResourceName": "",
        "error": {"code": 1, "message": result.error} if failed else {},
    }


def _items(loop: dict[str, Any], given: dict[str, Any], brought: dict[str, Any]) -> list[Any]:
    if loop["artifacts"]:
        members: list[Any] = brought[loop["items_input"]]
        return members
    items = given[loop["items_input"]] if loop["items_input"] else loop["items"]
    found: list[Any] = json.loads(items) if isinstance(items, str) else items
    return found


def _needs(task: dict[str, Any]) -> set[str]:
    bindings = [*task["parameters"].values(), *task["artifacts"].values()]
    read = {binding.get("task") or binding.get("status") for binding in bindings}
    return {name for name in read if name} | set(task["after"])
