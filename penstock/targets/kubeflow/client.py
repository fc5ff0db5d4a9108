"""Submission to a Kubeflow Pipelines server. The only file of this target that talks to one."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from penstock.errors import PortabilityError, Problem, RequestError, ServiceError
from penstock.targets.kubeflow.capabilities import check_submission
from penstock.targets.kubeflow.ir_document import IRDocument

DEFAULT_TIMEOUT_SECONDS = 30.0
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELED", "SKIPPED"})
"""States that a run does not leave. Source: KFP API v2beta1, RuntimeState."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A run that the server has taken."""

    run_id: str
    name: str
    url: str


class KubeflowClient:
    """One server, reached by `kfp.Client` with a time limit on every call."""

    def __init__(
        self,
        host: str,
        *,
        namespace: str = "",
        token: str = "",
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        """Connect.

        Raises:
            RequestError: `host` is no URL.
            ServiceError: The server cannot be reached, or refuses us.
        """
        self.host = host.rstrip("/")
        parts = urlsplit(self.host)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RequestError(
                Problem(
                    f"{host!r} is no address of a server.",
                    "--host",
                    "Give a URL such as http://localhost:8080.",
                )
            )
        self._namespace = namespace
        self._timeout_seconds = timeout_seconds
        # KFP's constructor would try an absent server five times, five seconds apart.
        self._probe(token, timeout_seconds)
        with warnings.catch_warnings(), self._translated("connect"):
            warnings.simplefilter("ignore", FutureWarning)
            import kfp

            self._client = kfp.Client(
                host=self.host,
                namespace=namespace or "kubeflow",
                existing_token=token or None,
            )
            _limit_time(self._client._run_api.api_client.rest_client, timeout_seconds)

    def submit(
        self, document: IRDocument, parameters: Mapping[str, Any], *, experiment: str, run_name: str
    ) -> Submitted:
        """Start a run.

        Args:
            document: The compiled pipeline; SageMaker's settings are taken out here.
            parameters: Values by name, over the defaults of the pipeline.
            experiment: Name of the experiment that the run is shown under; made if absent.
            run_name: Name of the run on the server's page.
        Raises:
            PortabilityError: Kubeflow could not run it as meant; every reason is listed.
            ServiceError: The server refused it or could not be reached.
        """
        problems = list(check_submission(document, parameters))
        if problems:
            raise PortabilityError(problems)
        with tempfile.TemporaryDirectory() as folder, self._translated("start the run"):
            package = Path(folder) / "pipeline.yaml"
            package.write_text(document.without_platform("sagemaker").to_yaml(), encoding="utf-8")
            # KFP prints addresses of its own making; the caller gets them as data.
            with contextlib.redirect_stdout(io.StringIO()):
                run = self._client.create_run_from_pipeline_package(
                    str(package),
                    arguments=dict(parameters),
                    run_name=run_name,
                    experiment_name=experiment,
                    namespace=self._namespace or None,
                )
        return Submitted(run.run_id, run_name, f"{self.host}/#/runs/details/{run.run_id}")

    def state(self, run_id: str) -> tuple[str, str]:
        """Return the run's state, such as `RUNNING`, and the server's message about it."""
        with self._translated("read the run"):
            run = self._client.get_run(run_id)
        error = getattr(run, "error", None)
        return str(run.state or "PENDING"), str(getattr(error, "message", "") or "")

    def follow(
        self,
        run_id: str,
        on_state: Callable[[str], None],
        *,
        every_seconds: float = 5.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> tuple[str, str]:
        """Call `on_state` at each change until the run ends; return the last state and message."""
        before = ""
        while True:
            state, message = self.state(run_id)
            if state != before:
                on_state(state)
                before = state
            if state in ENDED:
                return state, message
            sleep(every_seconds)

    def _probe(self, token: str, timeout_seconds: float) -> None:
        # The scheme is http or https, as the constructor has checked.
        request = urllib.request.Request(f"{self.host}/apis/v2beta1/healthz")  # noqa: S310
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:  # noqa: S310
                json.load(answer)
        except urllib.error.HTTPError as error:
            raise self._refusal("connect", error.code, "") from None
        except json.JSONDecodeError:
            raise ServiceError(
                Problem(
                    "the server answers, but not as Kubeflow Pipelines does.",
                    self.host,
                    "Give the address at which a browser reaches Kubeflow Pipelines.",
                )
            ) from None
        except (urllib.error.URLError, OSError) as error:
            raise self._unreachable(getattr(error, "reason", error)) from None

    @contextlib.contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        import urllib3
        from kfp_server_api.exceptions import ApiException  # type: ignore[import-untyped]

        try:
            yield
        except ApiException as error:
            raise self._refusal(action, error.status, _message(error.body)) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, reason: object) -> ServiceError:
        if "timed out" in str(reason):
            text = f"no answer within {self._timeout_seconds:g} s"
        else:
            text = str(getattr(reason, "strerror", "") or reason).rstrip(".")
        return ServiceError(
            Problem(
                f"the server cannot be reached: {text}.",
                self.host,
                "Check the address, and that a port-forward to it is open: "
                "kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8080:80.",
            )
        )

    def _refusal(self, action: str, status: int, message: str) -> ServiceError:
        said = f" It says: {message}" if message else ""
        for statuses, remedy in _REMEDIES.items():
            if status in statuses:
                return ServiceError(
                    Problem(
                        f"the server refused to {action} (HTTP {status}).{said}",
                        self.host,
                        remedy,
                    )
                )
        return ServiceError(
            Problem(
                f"the server failed to {action} (HTTP {status}).{said}",
                self.host,
                "Nothing is wrong with the request; try again, or look at the server's log.",
            )
        )


_REMEDIES = {
    frozenset({401, 403}): "Set PENSTOCK_KUBEFLOW_TOKEN to a token that may start runs there, "
    "and --namespace to a profile of yours.",
    frozenset({404}): "Check the address; Kubeflow Pipelines 2 or later is needed.",
    frozenset({400, 409, 413, 422}): "Check the parameters against the pipeline.",
    frozenset({429}): "The server asks for fewer calls; try again later.",
}
"""Remedy by HTTP status. Every other status is a failure of the server."""


def _limit_time(rest_client: Any, seconds: float) -> None:
    """KFP's client has no setting for it: its calls wait for ever."""
    request = rest_client.request

    def limited(*args: Any, **kwargs: Any) -> Any:
        kwargs["_request_timeout"] = kwargs.get("_request_timeout") or (seconds, seconds)
        return request(*args, **kwargs)

    rest_client.request = limited
    rest_client.pool_manager.connection_pool_kw["retries"] = False


def _message(body: object) -> str:
    try:
        document = json.loads(body) if isinstance(body, (str, bytes)) else {}
    except ValueError:
        return ""
    message = document.get("message") or document.get("error") if isinstance(document, dict) else ""
    return str(message or "").strip()
