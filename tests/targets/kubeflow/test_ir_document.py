"""The two documents of a compiled pipeline."""

import pytest

from penstock.errors import DefinitionError
from penstock.targets.kubeflow import IRDocument
from penstock.targets.kubeflow.ir_document import OWN_IMAGE, read_document


def test_only_our_image_is_replaced(document: IRDocument) -> None:
    changed = document.with_image("registry/penstock@sha256:1")
    executors = changed.specification["deploymentSpec"]["executors"]
    assert executors["exec-count"]["container"]["image"] == "registry/penstock@sha256:1"
    assert executors["exec-other"]["container"]["image"] == "other:1"
    unchanged = document.specification["deploymentSpec"]["executors"]
    assert unchanged["exec-count"]["container"]["image"] == OWN_IMAGE


def test_our_image_is_the_one_that_the_contract_compiles_in() -> None:
    from penstock.contract import kfp_form

    assert OWN_IMAGE == kfp_form.DEFAULT_IMAGE


def test_a_platform_that_is_taken_out_leaves_no_document(document: IRDocument) -> None:
    stripped = document.without_platform("sagemaker")
    assert stripped.platforms == {}
    assert "---" not in stripped.to_yaml()
    assert "---" in document.to_yaml()


def test_the_text_reads_back_as_the_same_document(document: IRDocument) -> None:
    assert read_document(document.to_yaml(), "count.yaml") == document


def test_the_json_form_with_both_in_one_is_read(document: IRDocument) -> None:
    import json

    text = json.dumps({"pipelineSpec": document.specification, "platformSpec": document.platforms})
    assert read_document(text, "count.json") == document


REMEDY = "Compile it with `pipeline compile NAME --target ir` or with KFP's own compiler."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"a.yaml: it is no compiled KFP 2 pipeline. {REMEDY}"),
        ("[1]", f"a.yaml: it is no compiled KFP 2 pipeline. {REMEDY}"),
        ("a: 1", f"a.yaml: it is no compiled KFP 2 pipeline. {REMEDY}"),
        ("a: [\n", f"a.yaml:2: it is not YAML: did not find expected node content. {REMEDY}"),
    ],
)
def test_another_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_document(text, "a.yaml")
    assert str(caught.value) == message
