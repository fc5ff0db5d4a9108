"""Documents of any content, under digests that hold, bring problems and never a traceback."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.evidence.canonical import canonical_json
from penstock.release import Contents, verify_release

NAMES = st.sampled_from(
    ["path", "name", "assets", "Steps", "Std:Join", "Values", "root", "wine-training", "../x", ""]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(), NAMES, st.text(max_size=9)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


def told(archive: bytes) -> list[str]:
    result = verify_release(archive, "release.tar")
    assert (result.release is None) == bool(result.problems)
    return list(map(str, result.problems))


def replaced(document: Any, data: st.DataObject) -> Any:
    """Put any value somewhere into a document."""
    if isinstance(document, dict) and document and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(document)))
        return {**document, key: replaced(document[key], data)}
    if isinstance(document, list) and document and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(document) - 1))
        return [
            replaced(each, data) if number == place else each
            for number, each in enumerate(document)
        ]
    return data.draw(VALUES)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_manifest_is_judged(forge: Any, data: st.DataObject) -> None:
    def edit(document: Any) -> None:
        key = data.draw(st.sampled_from(sorted(document)))
        document[key] = json_value(replaced(document[key], data))

    assert all(told(forge(manifest=edit)))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_document_is_judged(forge: Any, contents: Contents, data: st.DataObject) -> None:
    import yaml

    (pipeline,) = contents.pipelines
    definition = json.loads(pipeline.sagemaker)
    specification = next(yaml.safe_load_all(pipeline.kubeflow))
    settings_of = yaml.safe_load(contents.use_cases["use_cases/wine/use_case.yaml"])
    provenance = json.loads(contents.provenance.to_bytes())
    problems = told(
        forge(
            {
                "definitions/sagemaker/wine-training.json": written(replaced(definition, data)),
                "definitions/kubeflow/wine-training.yaml": written(replaced(specification, data)),
                "use_cases/wine/use_case.yaml": written(replaced(settings_of, data)),
                "provenance.json": canonical_json(json_value(replaced(provenance, data))),
                "sbom.json": canonical_json(json_value(data.draw(VALUES))),
            }
        )
    )
    assert all(problems)


def written(value: Any) -> bytes:
    return json.dumps(json_value(value)).encode()


def json_value(value: Any) -> Any:
    """Return what canonical JSON has a form for."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return list(map(json_value, value))
    if isinstance(value, dict):
        return {json_value(key): json_value(each) for key, each in value.items()}
    return value
