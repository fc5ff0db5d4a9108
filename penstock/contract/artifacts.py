"""The artifact types of a component: KFP's own classes, seen by type checkers through typed twins.

KFP ships no `py.typed`; without these twins every edge of a pipeline would be `Any`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class Artifact:
        """A file or folder that travels between steps."""

        name: str
        uri: str
        metadata: dict[str, Any]

        @property
        def path(self) -> str:
            """Local path of the file or folder."""

    class Dataset(Artifact):
        """Rows: a folder of Parquet files."""

    class Model(Artifact):
        """A trained model: a folder that serving loads as a whole."""

    class Metrics(Artifact):
        """Scores as JSON."""

        def log_metric(self, metric: str, value: float) -> None:
            """Show one scalar on the run's page."""

    class ClassificationMetrics(Artifact):
        """The curves that Kubeflow draws."""

        def log_roc_curve(self, fpr: list[float], tpr: list[float], threshold: list[float]) -> None:
            """Show a ROC curve on the run's page."""

        def log_confusion_matrix(self, categories: list[str], matrix: list[list[int]]) -> None:
            """Show a confusion matrix on the run's page."""

    class HTML(Artifact):
        """One self-contained page."""

else:
    from kfp.dsl import HTML, Artifact, ClassificationMetrics, Dataset, Metrics, Model

__all__ = ["HTML", "Artifact", "ClassificationMetrics", "Dataset", "Metrics", "Model"]
