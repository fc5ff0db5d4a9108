"""What is known of single pipelines of kubeflow/pipelines that their IR does not say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {
    "env-var.yaml": {"env_var": "HOME"},
    "take_nap_compiled.yaml": {"naptime_secs": 1},
    "take_nap_pipeline_root_compiled.yaml": {"naptime_secs": 1},
}
"""Arguments that mean more than their type: a variable that exists, a nap that ends soon."""

MEANT_TO_FAIL = frozenset(
    {
        "failing/fail_v2.yaml",
        "failing/pipeline_with_exit_handler.yaml",
        "failing/pipeline_with_multiple_exit_handlers.yaml",
        "local_execution/local_execution_pipeline_with_ignore_upstream_failure.yaml",
        "pipeline_as_exit_task.yaml",
        "pipeline_with_task_final_status.yaml",
        "pipeline_with_task_using_ignore_upstream_failure.yaml",
    }
)
"""One of their tasks exits with code 1, or raises, and does nothing else."""

_ITEM = (
    "kfp's runner hands the item of a loop to a task in the place of other inputs, and loses "
    "members of items"
)
EXPLAINED: dict[str, str] = {
    "essential/lightweight_python_functions_pipeline.yaml": (
        "the model's text holds the struct that kfp's runner gave with 1.0 for 1"
    ),
    "pipeline_with_loops_and_conditions.yaml": _ITEM,
    "pipeline_with_parallelfor_list_artifacts_GH-12033.yaml": (
        "kfp's runner loses the names of artifacts that it collects from a loop"
    ),
    "pipeline_with_parallelfor_pipeline_param.yaml": _ITEM,
    "pipeline_with_task_using_ignore_upstream_failure.yaml": (
        "kfp's runner gives up where a task that ignores failures reads an output that a failed "
        "task did not give; the input's default stands for it, as on KFP's backend"
    ),
}
"""Why values differ where a rule of `comparison.py` cannot tell."""


@dataclass(frozen=True, slots=True)
class Text:
    """The whole text of an artifact of one file."""

    text: str


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What a pipeline that KFP's local runner cannot run must do, worked out by hand.

    Attributes:
        kfp: Why KFP's local runner does not end.
        calls: How often each function runs.
        given: Inputs, outputs and texts of artifacts that tell whether the wiring is right, by
            function: each must come up in what that function was given, gave, or wrote.
    """

    kfp: str
    calls: dict[str, int]
    given: dict[str, list[Any]] = field(default_factory=dict)


_FLOATS = "it collects the loop's whole numbers as floats, whose sum is then no int"
_BRANCH = "it takes a branch that is not taken within a loop for a failure"
_ONE_OF = "it cannot choose among artifacts"
_ARTIFACT = "it takes no artifact from outside"

HERE_ALONE: dict[str, WorkedOut] = {
    "artifacts_complex.yaml": WorkedOut(
        _BRANCH,
        {"double": 9, "add": 2, "add_two_ints": 1},
        {"add": [Text("12"), Text("30")], "add_two_ints": [Text("42")]},
    ),
    "collected_artifacts.yaml": WorkedOut(
        "it loses the names of artifacts collected twice",
        {
            "split_ids": 1,
            "split_chars": 1,
            "create_file": 3,
            "read_single_file": 3,
            "create_dataset": 9,
            "read_single_dataset_generate_model": 9,
            "read_models": 4,
            "read_datasets": 3,
        },
        {"read_single_dataset_generate_model": [Text("x-s1"), Text("z-s3")]},
    ),
    "component_with_metadata_fields.yaml": WorkedOut(
        _ARTIFACT,
        {"dataset_joiner": 1},
        {"dataset_joiner": ["the text of dataset_athe text of dataset_b"]},
    ),
    "conditional_producer_and_consumers.yaml": WorkedOut(
        _BRANCH, {"double": 2, "add": 1}, {"add": [[4, 6], 10]}
    ),
    "critical/if_else_with_oneof_artifacts.yaml": WorkedOut(
        _ONE_OF,
        {"flip_coin": 1, "param_to_artifact": 1, "print_artifact": 2},
        {"param_to_artifact": [Text("heads")]},
    ),
    "critical/pipeline_with_artifact_custom_path.yaml": WorkedOut(
        "it does not follow an artifact to the path that its component chose",
        {"component_output_artifact": 1, "validate_input_artifact": 1},
        {"component_output_artifact": [Text("Hello, World!")], "validate_input_artifact": [True]},
    ),
    "critical/pipeline_with_placeholders.yaml": WorkedOut(
        "it does not fill the placeholders of a run's names",
        {"print_all_placeholders": 1},
        {"print_all_placeholders": ["print-all-placeholders"]},
    ),
    "if_else_with_oneof_artifacts.yaml": WorkedOut(
        _ONE_OF,
        {"flip_coin": 1, "param_to_artifact": 1, "print_artifact": 2},
        {"param_to_artifact": [Text("heads")]},
    ),
    "input_artifact.yaml": WorkedOut(_ARTIFACT, {"input_artifact": 1}),
    "nested_with_parameters.yaml": WorkedOut(
        _FLOATS,
        {"double": 18, "add_two_nums": 9, "add": 1},
        {"add": [[[4, 6, 8], [6, 8, 10], [8, 10, 12]], 72]},
    ),
    "parallel_and_nested/nested_pipeline_opt_inputs_nil_compiled.yaml": WorkedOut(
        "it cannot hand on an optional input that has no value",
        {"component_int": 1, "component_str": 1, "component_bool": 1},
    ),
    "parameters_complex.yaml": WorkedOut(
        _FLOATS,
        {"double": 12, "simple_add": 6, "nested_add": 4, "add_two_numbers": 1},
        {"nested_add": [[[8, 10, 12]] * 3, 90], "add_two_numbers": [[12] * 3, [90] * 3, 306]},
    ),
    "pipeline_producer_consumer.yaml": WorkedOut(
        _FLOATS,
        {"double": 9, "add": 1, "echo_and_return": 4, "join_and_print": 1},
        {"add": [[[2, 4, 6]] * 3, 36], "join_and_print": [["m", "a", "t", "h"]]},
    ),
    "pipeline_with_metadata_fields.yaml": WorkedOut(
        _ARTIFACT,
        {"str_to_dataset": 1, "dataset_joiner": 1},
        {"dataset_joiner": ["hellothe text of in_dataset"]},
    ),
    "pipeline_with_nested_loops.yaml": WorkedOut(
        "it cannot loop over a member of a loop's item",
        {"print_op": 12},
        {"print_op": ["11", "22", "100", "200", "300"]},
    ),
    "pythonic_artifacts_with_multiple_returns.yaml": WorkedOut(
        "it hands no artifact into a nested pipeline",
        {"make_dataset": 1, "dataset_splitter": 1},
        {"make_dataset": [Text("Hello, world")], "dataset_splitter": [Text("Hello,")]},
    ),
}
