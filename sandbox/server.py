"""The sandbox: a moto server whose pipelines run, with what environments need in their accounts."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from moto.server import ThreadedMotoServer

from penstock.environments import Environment
from sandbox.accounts import Credentials, open_account
from sandbox.crossing import accounts_crossed
from sandbox.execution import StatusListener
from sandbox.executions import Executions, Surroundings
from sandbox.jobs import described_jobs
from sandbox.moto_mends import all_mended
from sandbox.pipelines import running_pipelines
from sandbox.registry import PackageListener, known_registrars
from sandbox.resources import make_resources, place_of

_PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that runs.

    Attributes:
        endpoint: Of every service: http://localhost:PORT.
        credentials: By environment.
    """

    endpoint: str
    credentials: Mapping[str, Credentials]

    def variables(self, environment: str) -> Mapping[str, str]:
        """Return the variables that lead to an environment."""
        return self.credentials[environment].variables


@contextlib.contextmanager
def running(
    environments: Iterable[Environment],
    port: int = 0,
    *,
    project: Path = _PROJECT,
    isolation: str = "warm",
    images: Mapping[str, str] | None = None,
    memory: Mapping[str, int] | None = None,
    furnished: bool = True,
    execution_listener: StatusListener | None = None,
    package_listener: PackageListener | None = None,
) -> Iterator[Sandbox]:
    """Run a sandbox while this lasts; afterwards nothing of it is left.

    Args:
        environments: What is made for them: see `resources`.
        port: 0: any that is free.
        project: Folder that holds `components/`, which stands for the environments' images.
        isolation: `warm` forks jobs from the warm server, `subprocess` starts each anew.
        images: By another image, the command that stands for it.
        memory: Bytes that a job may hold, by instance type; on others, what there is.
        furnished: Whether what the environments name is made; else the accounts are empty.
        execution_listener: Hears of every change of an execution's status.
        package_listener: Hears of new model packages and of every decision about one.

    Raises:
        OSError: The port is taken.
    """
    named = list(environments)
    home = Path(tempfile.mkdtemp(prefix="penstock-sandbox-"))
    with contextlib.ExitStack() as until_then:
        until_then.callback(shutil.rmtree, home, ignore_errors=True)
        until_then.enter_context(all_mended())
        until_then.enter_context(accounts_crossed())
        _require_free(port)
        # The name, as buckets are found by it: moto reads 127.0.0.1 as the name of a host.
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        server.start()
        until_then.callback(server.stop)
        endpoint = f"http://localhost:{server.get_host_and_port()[1]}"
        executions = Executions(
            Surroundings(
                endpoint,
                home,
                project,
                isolation,
                images or {},
                tuple({each.image for each in named if each.image}),
                {place_of(each): each.registry for each in named if each.registry},
                memory or {},
                execution_listener,
            )
        )
        until_then.callback(executions.end)
        until_then.enter_context(running_pipelines(executions))
        until_then.enter_context(described_jobs(executions))
        until_then.enter_context(known_registrars(package_listener))
        if furnished:
            make_resources(named, endpoint)
        else:
            for each in named:
                open_account(place_of(each))
        credentials = {each.name: Credentials(endpoint, place_of(each)) for each in named}
        yield Sandbox(endpoint, credentials)


def _require_free(port: int) -> None:
    """Fail at once where moto's thread would fail alone and leave its starter waiting."""
    import socket

    if port:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
