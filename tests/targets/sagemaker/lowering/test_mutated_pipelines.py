"""Whatever is wrong with an IR, the answer is a message."""

import copy
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.errors import DefinitionError, PortabilityError, Problem
from penstock.ir import read_ir
from penstock.targets.sagemaker.lowering import lower


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    found = []
    for key in keys:
        found.append((*path, key))
        if isinstance(node[key], dict | list):
            found.extend(_places(node[key], (*path, key)))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_changed_pipeline_is_lowered_or_refused_with_a_message(
    data: st.DataObject, compiled_text: Callable[[str], str]
) -> None:
    name = data.draw(st.sampled_from(["gated", "nested", "unrolled", "lists", "foreign", "exits"]))
    documents = [copy.deepcopy(d) for d in yaml.safe_load_all(compiled_text(name)) if d]
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(_places(documents)))
        node: Any = documents
        for key in place[:-1]:
            node = node[key]
        if data.draw(st.booleans()) and isinstance(node, dict):
            del node[place[-1]]
        else:
            node[place[-1]] = data.draw(
                st.sampled_from([None, 3, 2.5, "x", "", True, [], {}, ["x"], {"x": 1}])
            )
        if not _places(documents):
            break
    said: tuple[Problem, ...] = ()
    steps: list[Any] = []
    try:
        steps = lower(read_ir(yaml.safe_dump_all(documents), name)).definition["Steps"]
    except (DefinitionError, PortabilityError) as error:
        said = error.problems
    assert steps or all(problem.what for problem in said)
    assert bool(steps) != bool(said)
