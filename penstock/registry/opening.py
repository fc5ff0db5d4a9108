"""From an address to a registry."""

import os
import re
from collections.abc import Mapping

from penstock.errors import Problem, RequestError
from penstock.registry.port import Registry

_MANAGED = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:(mlflow-tracking-server|mlflow-app)/[A-Za-z0-9-]+"
)

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
    if is_managed(uri):
        _require_plugin(uri)
        return
    if scheme not in ("sqlite", "http", "https"):
        raise RequestError(
            Problem(
                f"the registry {uri!r} is of no known kind.",
                remedy="Use sqlite:///PATH/mlflow.db, the http(s) address of an MLflow server, the "
                "ARN of one that SageMaker manages, or sagemaker://REGION?bucket=BUCKET.",
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


def is_managed(uri: str) -> bool:
    """Return whether an address is of an MLflow server that SageMaker manages."""
    return _MANAGED.fullmatch(uri) is not None


def _require_plugin(uri: str) -> None:
    import importlib.util

    if importlib.util.find_spec("sagemaker_mlflow") is None:
        what = "MLflow finds this server by the package sagemaker-mlflow, which is not installed."
        raise RequestError(Problem(what, uri, "Install it: pip install sagemaker-mlflow."))


def open_registry(uri: str) -> Registry:
    """Open a registry. Nothing is loaded or created before its first use.

    Args:
        uri: `sqlite:///PATH/mlflow.db` for MLflow in a file, with artifacts beside it;
            `http://` or `https://` for an MLflow server;
            `arn:aws:sagemaker:REGION:ACCOUNT:mlflow-tracking-server/NAME` for one that SageMaker
            manages (with the package sagemaker-mlflow); `sagemaker://REGION?bucket=BUCKET` for
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
