"""What is known of single pipelines of kubeflow/pipelines that their IR does not say."""

from __future__ import annotations

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
