from collections.abc import Callable

from penstock.targets.sagemaker.lowering import Lowered
from penstock.targets.sagemaker.validation import check_definition


def test_an_imported_model_is_mounted_though_its_parameter_has_an_empty_default(
    lowered: Callable[[str], Lowered],
) -> None:
    (body,) = lowered("imported").definition["Steps"]
    assert body["Arguments"]["ProcessingInputs"] == [
        {
            "InputName": "model",
            "S3Input": {
                "S3Uri": {"Get": "Parameters.model"},
                "LocalPath": "/opt/ml/processing/input/model",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
                "S3CompressionType": "None",
            },
        }
    ]
    assert check_definition(lowered("imported").definition, "imported") == []


def test_the_parameter_of_an_imported_model_must_be_given_and_a_note_says_so(
    lowered: Callable[[str], Lowered],
) -> None:
    assert lowered("imported").definition["Parameters"][-1] == {"Name": "model", "Type": "String"}
    (note,) = lowered("imported").notes
    assert note.what == (
        "SageMaker mounts the model that the parameter `model` names, so the parameter has no "
        "default: a run must give its URI on S3."
    )
