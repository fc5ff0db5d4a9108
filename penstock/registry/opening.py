"""From an address to a registry."""

import os
from collections.abc import Mapping

from penstock.errors import Problem, RequestError
from penstock.registry.port import Registry

DEFAULT_URI = "sqlite:///.penstock/mlflow.db"


def default_uri(environment: Mapping[str, str] | None = None) -> str:
    """Return the registry that MLflow's variable `MLFLOW_TRACKING_URI` names, or the local one."""
    environment = os.environ if environment is None else environment
    return environment.get("MLFLOW_TRACKING_URI") or DEFAULT_URI


def check_address(uri: str) -> None:
    """Refuse an address that no adapter can open; nothing is loaded for it.

    Raises:
        RequestError: No adapter knows such an address, or the path of its file holds a sign that
            has a meaning of its own in the address of a database.
    """
    scheme, _, path = uri.partition(":")
    if scheme == "sagemaker":
        from penstock.registry.sagemaker.address import read_address

        read_address(uri)
        return
    if scheme not in ("sqlite", "http", "https"):
        raise RequestError(
            Problem(
                f"the registry {uri!r} is of no known kind.",
                remedy="Use sqlite:///PATH/mlflow.db, the http(s) address of an MLflow server, or "
                "sagemaker://REGION?bucket=BUCKET.",
            )
        )
    if scheme == "sqlite" and set(path) & set("%?"):
        raise RequestError(
            Problem(
                "the path of a registry's file can hold neither % nor ?.",
                uri,
                "Work in another folder, or name another file: --registry sqlite:////DIR/mlflow.db",
            )
        )


def open_registry(uri: str) -> Registry:
    """Open a registry. Nothing is loaded or created before its first use.

    Args:
        uri: `sqlite:///PATH/mlflow.db` for MLflow in a file, with artifacts beside it;
            `http://` or `https://` for an MLflow server; `sagemaker://REGION?bucket=BUCKET` for
            SageMaker Model Registry (`&prefix=` of its objects, `&image=` that versions name).

    Raises:
        RequestError: No adapter can open such an address.
    """
    check_address(uri)
    if uri.startswith("sagemaker:"):
        from penstock.registry.sagemaker.registry import SagemakerRegistry

        return SagemakerRegistry(uri)
    from penstock.registry.mlflow.registry import MlflowRegistry

    return MlflowRegistry(uri)
