"""Benchmark (a): one training run, here and by everyone else, doing the same work.

All run the same component functions on the same rows, none takes a step from a cache, and all
register in a fresh MLflow registry on SQLite.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Comparison, Verdict, compare
from benchmarks.measuring import PIPELINE, PYTHON, Command, measure
from benchmarks.peers.environments import PEERS, python_of
from benchmarks.warm_server import private_server, require_server, stop_server

COLD = "pipeline run, cold"
REPEATED = "pipeline run, repeated"
PLAIN = "plain Python, one process"
KFP = "kfp.local"
METAFLOW = "Metaflow"
ZENML = "ZenML, isolated steps"
TOGETHER = "ZenML, all in one process"

IN_CONTAINER = {"_KFP_RUNTIME": "true"}
"""KFP's light mode, which containers use as well: `import kfp.dsl` in 63 ms, not 1.6 s."""


@dataclass(frozen=True, slots=True)
class Case:
    """A use case and how many rows its generator makes."""

    use_case: str
    generator: Mapping[str, int | str]
    said: str
    rounds: int


WINE = Case("wine", {}, "wine, 178 rows", rounds=5)
FRAUD = Case("fraud", {}, "fraud, as `make run`", rounds=3)


def run(settings: Settings) -> Outcome:
    """Measure a run that is all overhead, and the one of `make run`."""
    cases = [WINE] if settings.quick else [WINE, FRAUD]
    peers = {peer: python_of(peer, settings.progress) for peer in ("metaflow", "zenml")}
    comparisons, memory = [], []
    for number, case in enumerate(cases):
        folder = settings.folder / str(number)
        try:
            comparisons.append(
                compare(
                    f"whole run of {case.said}",
                    _commands(case, folder, peers),
                    rounds=1 if settings.quick else case.rounds,
                    progress=settings.progress,
                )
            )
            memory.append(require_server(private_server(folder)))
        finally:
            stop_server(private_server(folder))
    return Outcome(
        comparisons,
        [verdict for each in comparisons for verdict in _verdicts(each)],
        [
            "cold: no server, no compiled definition; starting both counts",
            "plain Python: the five functions in one process, imports included",
            "memory that the warm server holds after a run, all its processes: "
            + ", ".join(f"{each / 1e6:.0f} MB" for each in memory),
            "ZenML's local orchestrator runs all steps in its own process; isolated: each of its "
            "steps starts a process",
        ],
    )


def _verdicts(measured: Comparison) -> list[Verdict]:
    where = measured.title.removeprefix("whole run of ")
    slower = [
        Verdict(f"(a) {where}: {name} / cold", measured.ratio(name, COLD), 2.3, at_least=True)
        for name in (KFP, METAFLOW, ZENML)
    ]
    return [
        Verdict(f"(a) {where}: cold / plain Python", measured.ratio(COLD, PLAIN), 1.3),
        *slower,
        Verdict(f"(a) {where}: repeated / plain Python", measured.ratio(REPEATED, PLAIN), 0.6),
    ]


def _commands(case: Case, folder: Path, peers: Mapping[str, str]) -> list[Command]:
    source, document = folder / "source", folder / "ir.yaml"
    rows = (PYTHON, "-m", "benchmarks.bodies.source_rows", case.use_case, str(source))
    measure(Command("making rows", (*rows, json.dumps(case.generator)), folder / "making"))
    argv = (PIPELINE, "compile", "training", "--use-case", case.use_case, "--target", "ir")
    measure(Command("compiling", (*argv, "--output", str(document)), folder / "compiling"))

    def command(name: str, argv: tuple[str, ...], environment: Mapping[str, str]) -> Command:
        place = folder / name.partition(",")[0].replace(" ", "-")
        return Command(
            name,
            tuple(str(place) if part == "FOLDER" else part for part in argv),
            place,
            {"MLFLOW_TRACKING_URI": f"sqlite:///{place}/mlflow.db", **environment},
            before=lambda: _empty(place, case, source),
        )

    here, server = folder / "here", private_server(folder)
    named = (PIPELINE, "run", "training", "--use-case", case.use_case, "--source", str(source))
    run_here = (*named, "--no-cache", "--registry", f"sqlite:///{here}/mlflow.db")
    metaflow = {
        "METAFLOW_USER": "benchmark",
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder / "metaflow-store"),
        "METAFLOW_DEFAULT_METADATA": "local",
        "METAFLOW_DEFAULT_DATASTORE": "local",
    }
    flow = str(PEERS / "metaflow/flow.py")
    zenml_flow = (peers["zenml"], str(PEERS / "zenml/flow.py"), "FOLDER")
    zenml = _zenml_environment(folder / "zenml-store")
    return [
        Command(COLD, run_here, here, server, before=lambda: _forget(here, server)),
        Command(REPEATED, run_here, here, server, before=lambda: _repeat(here, server)),
        command(PLAIN, (PYTHON, "-m", "benchmarks.bodies.plain_python", "FOLDER"), IN_CONTAINER),
        command(KFP, (PYTHON, "-m", "benchmarks.bodies.kfp_local", str(document), "FOLDER"), _PATH),
        command(
            METAFLOW,
            (peers["metaflow"], flow, "--no-pylint", "--quiet", "run", "--folder", "FOLDER"),
            {**IN_CONTAINER, **metaflow},
        ),
        command(ZENML, (*zenml_flow, "isolated"), {**IN_CONTAINER, **zenml}),
        command(TOGETHER, (*zenml_flow, "together"), {**IN_CONTAINER, **zenml}),
    ]


_PATH = {"PATH": f"{Path(PYTHON).parent}:/usr/local/bin:/usr/bin:/bin"}
"""KFP's tasks start `python3`."""


def _zenml_environment(store: Path) -> dict[str, str]:
    """Return settings that keep ZenML's database in `store` and ask nothing outside."""
    return {
        "ZENML_CONFIG_PATH": str(store),
        "ZENML_LOCAL_STORES_PATH": str(store / "stores"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_AUTO_OPEN_DASHBOARD": "false",
        "AUTO_OPEN_DASHBOARD": "false",
        "ZENML_DISABLE_CLIENT_SERVER_MISMATCH_WARNING": "true",
        "ZENML_ENABLE_REPO_INIT_WARNINGS": "false",
        "ZENML_LOGGING_COLORS_DISABLED": "true",
    }


def _empty(place: Path, case: Case, source: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    settings = {"use_case": case.use_case, "source": str(source), "group": case.use_case}
    (place / "settings.json").write_text(json.dumps(settings))


def _forget(here: Path, server: dict[str, str]) -> None:
    """Let a run find neither a server nor a compiled definition."""
    stop_server(server)
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)


def _repeat(here: Path, server: dict[str, str]) -> None:
    """Let a run find the server of the one before, and a fresh registry."""
    require_server(server)
    for name in ("mlflow.db", "mlflow.db.lock", "artifacts"):
        path = here / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
