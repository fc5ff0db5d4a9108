from collections.abc import Callable
from typing import Any

import pytest
from kfp import compiler

from penstock.errors import PortabilityError
from penstock.ir import read_ir
from penstock.targets.sagemaker.lowering import Lowered, lower
from penstock.targets.sagemaker.validation import check_definition

TAKES = (
    "Use one of: instance_type, instance_count, environment, tags, cache_expire_after, "
    "volume_kms_key, output_kms_key, subnets, security_groups, network_isolation, content_type, "
    "accept, split_type, strategy, max_payload_mb, max_concurrent, input_filter, join_source, "
    "output_filter."
)


def step(lowered: Lowered, name: str) -> dict[str, Any]:
    found = list(lowered.definition["Steps"])
    for body in found:
        found += body["Arguments"].get("IfSteps", [])
    return next(body for body in found if body["Name"] == name)


def test_a_transform_is_a_model_step_and_a_transform_step(
    lowered: Callable[[str], Lowered],
) -> None:
    model, job = (
        step(lowered("transformed"), "transformModel"),
        step(lowered("transformed"), "transform"),
    )
    assert (model["Type"], job["Type"]) == ("Model", "Transform")
    assert model["Arguments"]["PrimaryContainer"]["ModelDataUrl"] == {"Get": "Parameters.model"}
    assert job["Arguments"]["ModelName"] == {"Get": "Steps.transformModel.ModelName"}
    assert job["Arguments"]["DataProcessing"] == {
        "InputFilter": "$[2:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,1,-1]",
    }


def test_the_payload_alone_is_transformed_not_its_description(
    lowered: Callable[[str], Lowered],
) -> None:
    source = step(lowered("transformed"), "transform")["Arguments"]["TransformInput"]["DataSource"]
    assert source["S3DataSource"]["S3Uri"] == {
        "Std:Join": {
            "On": "/",
            "Values": [
                {"Get": "Steps.preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"},
                "data",
            ],
        }
    }


def test_the_next_step_reads_the_folder_of_answers(lowered: Callable[[str], Lowered]) -> None:
    arguments = step(lowered("transformed"), "gather")["Arguments"]
    assert arguments["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {
        "Get": "Steps.transform.TransformOutput.S3OutputPath"
    }
    assert "rows:system.Dataset=rows/" in arguments["AppSpecification"]["ContainerArguments"]


def test_a_model_that_a_processing_job_wrote_is_a_folder_of_files(
    lowered: Callable[[str], Lowered],
) -> None:
    model = step(lowered("transformed"), "transform-2Model")["Arguments"]["PrimaryContainer"]
    assert "ModelDataUrl" not in model
    assert model["ModelDataSource"]["S3DataSource"] == {
        "S3Uri": {
            "Std:Join": {
                "On": "/",
                "Values": [
                    {"Get": "Steps.merge.ProcessingOutputConfig.Outputs['output'].S3Output.S3Uri"},
                    "data",
                    "",
                ],
            }
        },
        "S3DataType": "S3Prefix",
        "CompressionType": "None",
    }


def test_neither_step_is_cached_and_faults_of_a_job_are_no_matter_of_the_model(
    lowered: Callable[[str], Lowered],
) -> None:
    model, job = (
        step(lowered("transformed"), "transformModel"),
        step(lowered("transformed"), "transform"),
    )
    assert "CacheConfig" not in model
    assert "CacheConfig" not in job
    assert [policy["ExceptionType"][0] for policy in model["RetryPolicies"]] == [
        "Step.SERVICE_FAULT"
    ]
    assert [policy["ExceptionType"][0] for policy in job["RetryPolicies"]] == [
        "Step.SERVICE_FAULT",
        "SageMaker.CAPACITY_ERROR",
    ]


def test_memory_asks_for_a_type_that_transform_jobs_run_on() -> None:
    from penstock.ir.pipeline import Resources
    from penstock.targets.sagemaker.instance_types import TRANSFORM_TYPES, smallest_instance_type

    asked = Resources(cpu="", memory="12G", accelerator_type="", accelerator_count="")
    assert smallest_instance_type(asked, "x") == "ml.r5.large"
    assert smallest_instance_type(asked, "x", TRANSFORM_TYPES) == "ml.m5.xlarge"


def refused(tmp_path: Any, sagemaker: dict[str, Any]) -> list[str]:
    from parts.steps import preprocess, transform
    from penstock.contract.wiring import configure, imported_model, pipeline

    @pipeline(name="refused")
    def wired(model: str) -> None:
        data = preprocess(source="a b")
        scores = transform(model=imported_model(model), lines=data.train)
        configure(scores, sagemaker=sagemaker)

    file = tmp_path / "ir.yaml"
    compiler.Compiler().compile(wired, str(file))
    with pytest.raises(PortabilityError) as caught:
        lower(read_ir(file.read_text(), "x"))
    return [f"{problem.what} {problem.remedy}" for problem in caught.value.problems]


@pytest.mark.usefixtures("lowered")
@pytest.mark.parametrize(
    ("sagemaker", "message"),
    [
        (
            {"max_payload_mb": 26, "max_concurrent": 4},
            "`max_payload_mb` (26) times `max_concurrent` (4) is over 100 MB, which SageMaker "
            "allows to be on its way to one instance. Lower one of them.",
        ),
        (
            {"max_payload_mb": 101},
            "the setting `max_payload_mb` is 101, not within 1 and 100. Correct `max_payload_mb`.",
        ),
        (
            {"split_type": "None", "strategy": "SingleRecord"},
            "`strategy` is SingleRecord, and without `split_type` a file is one record. "
            "Set `split_type` to Line, or `strategy` to MultiRecord.",
        ),
        (
            {"split_type": "RecordIO"},
            "the setting `split_type` is 'RecordIO', not one of Line, None. Correct `split_type`.",
        ),
        (
            {"content_type": "application/x-parquet", "join_source": "Input"},
            "`join_source` need records that SageMaker can read, and `content_type` is "
            "'application/x-parquet'. Use one of: text/csv, application/json, "
            "application/jsonlines.",
        ),
        ({"spot": True}, f"the setting `spot` is unknown for a transform step. {TAKES}"),
    ],
)
def test_settings_that_do_not_fit_a_transform_are_refused(
    tmp_path: Any, sagemaker: dict[str, Any], message: str
) -> None:
    assert message in refused(tmp_path, sagemaker)


def test_the_definition_passes_every_check(lowered: Callable[[str], Lowered]) -> None:
    assert check_definition(lowered("transformed").definition, "transformed") == []
