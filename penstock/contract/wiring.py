"""What a pipeline file uses to wire components. Importing it loads KFP's compiler."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from kfp import dsl
from kfp.dsl import pipeline_context, pipeline_task

from penstock.contract.artifacts import Model
from penstock.contract.component import wiring_line
from penstock.contract.operations import fail
from penstock.contract.traps import watching_for_traps
from penstock.errors import PortabilityError, Problem

T = TypeVar("T")


def pipeline(*, name: str, description: str = "") -> Callable[[Callable[..., None]], Any]:
    """Make a function that wires components a pipeline.

    Raises:
        PortabilityError: The wiring holds something that KFP would compile to another meaning, such
            as `and` between two comparisons; every such place is listed.
    """

    def decorate(function: Callable[..., None]) -> Any:
        with watching_for_traps() as problems:
            compiled = dsl.pipeline(function, name=name, description=description or None)
        if problems:
            raise PortabilityError(problems)
        return compiled

    return decorate


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that is decided when the pipeline runs."""

    operation: Any

    def __bool__(self) -> bool:
        raise PortabilityError(
            Problem(
                "a condition on an output is decided when the pipeline runs; Python's `and`, `or`, "
                "`not` and `if` decide while it is wired.",
                wiring_line(),
                "Use `with when(...)`, one inside the other for `and`.",
            )
        )


class Value(Generic[T]):
    """An output or a pipeline parameter in a comparison."""

    def __init__(self, channel: T) -> None:
        self._channel: Any = channel

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(self._channel == _operand(other))

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(self._channel != _operand(other))

    def __lt__(self, other: T) -> Condition:
        return Condition(self._channel < _operand(other))

    def __le__(self, other: T) -> Condition:
        return Condition(self._channel <= _operand(other))

    def __gt__(self, other: T) -> Condition:
        return Condition(self._channel > _operand(other))

    def __ge__(self, other: T) -> Condition:
        return Condition(self._channel >= _operand(other))

    __hash__ = None  # type: ignore[assignment]


def value(channel: T) -> Value[T]:
    """Take an output into a comparison: `with when(value(scores.roc_auc) >= 0.9):`."""
    return Value(channel)


@contextmanager
def when(condition: Condition) -> Iterator[None]:
    """Run the tasks of this block only if the condition holds."""
    with dsl.If(condition.operation):
        yield


@contextmanager
def otherwise() -> Iterator[None]:
    """Run the tasks of this block only if the condition of the `when` before it does not hold."""
    with dsl.Else():
        yield


def configure(
    outputs: Any,
    *,
    cpu: int | None = None,
    memory: str | None = None,
    retries: int | None = None,
    cache: bool | None = None,
    after: Any = None,
    sagemaker: dict[str, Any] | None = None,
) -> None:
    """Set what a task needs to run, given any of its outputs.

    Args:
        outputs: What the component returned: one output, or the tuple of all.
        cpu: Cores.
        memory: Such as `8G`.
        retries: Tries after a fault of the service; a fault of the component is not retried.
        cache: Whether an earlier result for the same inputs may stand in.
        after: Outputs of a task that must end first though nothing flows between the two.
        sagemaker: Settings that only SageMaker knows; other targets do not see them.
    """
    task = _task_of(outputs)
    if cpu is not None:
        task.set_cpu_limit(str(cpu))
    if memory is not None:
        task.set_memory_limit(memory)
    if retries is not None:
        task.set_retry(retries)
    if cache is not None:
        task.set_caching_options(cache)
    if after is not None:
        task.after(_task_of(after))
    if sagemaker:
        task.platform_config.setdefault("sagemaker", {}).update(sagemaker)


def imported_model(uri: str) -> Model:
    """Bring a model that exists already into the pipeline.

    Args:
        uri: A parameter of the pipeline, or a constant: a `model.tar.gz` or a folder, on S3 or, for
            runs on this machine, `file://`. On SageMaker a parameter whose default is empty must be
            given when the pipeline starts.
    """
    task = dsl.importer(artifact_uri=uri, artifact_class=Model, reimport=False)
    return cast(Model, task.output)


def execution_id() -> str:
    """Return what stands for the name of the run, known once it runs."""
    return str(dsl.PIPELINE_JOB_ID_PLACEHOLDER)


def _task_of(outputs: Any) -> Any:
    if isinstance(outputs, pipeline_task.PipelineTask):
        return outputs
    channel = outputs[0] if isinstance(outputs, tuple) else outputs
    return pipeline_context.Pipeline.get_default_pipeline().tasks[channel.task_name]


def _operand(other: object) -> Any:
    return other._channel if isinstance(other, Value) else other


__all__ = [
    "Condition",
    "Value",
    "configure",
    "fail",
    "imported_model",
    "otherwise",
    "pipeline",
    "value",
    "when",
]
