"""A console over a real registry and a real ledger, its candidates, browsers and clients."""

import json
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from penstock.approval.opening import open_approvals
from penstock.approval.port import Approvals, Person
from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry
from serving.console.application import create_application
from serving.console.console import Console, make_console
from serving.console.packs import Packs
from serving.console.settings import Settings
from serving.console.sign_in.local import LocalSignIn

ANN, BEN = Person("ann"), Person("ben", shown="Ben Birch")
"""Ann starts the runs; Ben sits at the console."""

RULES = """
stages:
  - name: local
    author_may_approve: true
  - name: prod
    approvers: 2
    after: local
"""
PAGE = "<!doctype html><title>E</title><style>h1{color:teal}</style><h1>Evidence</h1>"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'>&amp;"


def figures(group: str, version: int, champion: str, outcome: str) -> dict[str, Any]:
    """Return a document as a run of a binary use case writes it."""
    difference, low, high = {
        "better": (0.0212, 0.0121, 0.0304),
        "worse": (-0.0187, -0.0291, -0.0082),
        "undecided": (0.0031, -0.0064, 0.0127),
    }.get(outcome, (None, None, None))
    value = 0.6412
    names = {"average_precision": value, "roc_auc": 0.9431, "log_loss": 0.1183}
    compared = {
        name: {
            "champion": each - (difference or 0) * (-1 if name == "log_loss" else 1),
            "difference": (difference or 0) * (-1 if name == "log_loss" else 1),
            "low": min(low * s, high * s),
            "high": max(low * s, high * s),
        }
        for name, each in names.items()
        for s in [-1 if name == "log_loss" else 1]
        if low is not None
    }
    return {
        "candidate": {
            "group": group,
            "use_case": f"{group}@sha256:{version:064x}",
            "execution": f"penstock-training-{version}",
            "started_by": "ann",
            "reason": "weekly retraining",
        },
        "verdict": {
            "champion": champion,
            "metric": "average_precision",
            "rule": "better",
            "margin": 0.002,
            "confidence": 0.95,
            "rows": 58_264,
            "outcome": outcome,
            "difference": difference,
            "low": low,
            "high": high,
            "metrics": compared,
            "recommended": outcome in ("better", "first"),
            "sentence": "The first: no model is live to compare it with."
            if outcome == "first"
            else f"{outcome.capitalize()} than {champion}.",
        },
        "metrics": {
            name: {"value": each, "low": each - 0.02, "high": each + 0.02}
            for name, each in names.items()
        },
        "gates": [
            {"metric": m, "bound": b, "limit": at, "of_baseline": of, "value": v, "passed": ok}
            for m, b, at, of, v, ok in [
                ("average_precision", "minimum", 0.5, False, value, True),
                ("roc_auc", "minimum", 0.9, False, 0.9431, True),
                ("log_loss", "maximum", 0.1391, True, 0.1183, True),
                ("calibration_error", "maximum", 0.02, False, 0.0094, True),
            ]
        ],
        "calibration": [
            {"rows": 5_826, "predicted": p, "observed": o}
            for p, o in [(0.001, 0.002), (0.01, 0.012), (0.05, 0.04), (0.2, 0.23), (0.6, 0.55)]
        ],
        "segments": [
            {"name": name, "rows": rows, "mean_target": 0.008, "metrics": {"roc_auc": auc}}
            for name, rows, auc in [("online", 30_100, 0.951), ("shop", 28_164, 0.934)]
        ],
        "slices": [
            {
                "name": "new customers",
                "rows": 2_114,
                "reason": "",
                "metrics": {"average_precision": {"value": 0.59, "low": 0.52, "high": 0.66}},
                "differences": {
                    "average_precision": {"difference": 0.03, "low": 0.004, "high": 0.056}
                }
                if low is not None
                else {},
            },
            {"name": "night", "rows": 12, "reason": "fewer than 30 rows", "metrics": {}},
        ],
        "drift": {
            "features": {
                name: {"psi": psi, "distance": psi / 3, "level": level}
                for name, psi, level in [
                    ("terminal_risk_28d", 0.311, "shifted"),
                    ("transactions_7d", 0.143, "moved"),
                    ("amount", 0.012, "stable"),
                ]
            },
            "scores": {"psi": 0.031, "distance": 0.01, "level": "stable"},
            "not_compared": [],
            "reason": "",
        },
        "data": {
            "table": "iceberg+sqlite:///tables.db#transactions",
            "snapshot_to": "5310921188212",
            "rows": 1_754_155,
            "quarantine": {"rows": 17, "reasons": {"amount is negative": 17}},
            "pii": {"seen": ["customer_name", "email"], "dropped": ["customer_name", "email"]},
        },
    }


@dataclass
class House:
    """A project's folder: candidates are made and registered, decisions taken."""

    folder: Path
    registry: Any
    approvals: Approvals
    made: int = 0

    def register(
        self,
        group: str,
        outcome: str = "first",
        *,
        champion: str = "none",
        pages: str = PAGE,
        sentence: str = "",
        author: str = "ann",
        evidence: bool = True,
        **document: Any,
    ) -> int:
        self.made += 1
        folder = self.folder / "candidates" / str(self.made)
        model, pack = folder / "model", folder / "evidence"
        model.mkdir(parents=True)
        pack.mkdir()
        (model / "model.json").write_text(json.dumps({"format": "a.test/1", "number": self.made}))
        (model / "model.ubj").write_bytes(bytes(range(64)) * 4)
        (pack / "evidence.html").write_text(pages)
        whole = figures(group, self.made, champion, outcome) | document
        (pack / "metrics.json").write_text(json.dumps({"metrics": whole["metrics"]}))
        whole["digests"] = {
            "model": {"digest": content_digest(model)},
            "definition": f"sha256:{self.made:064x}",
            "code": {"commit": "4be1c0ffee" * 4, "dirty": False},
        }
        told = sentence or {
            "better": f"Better than {champion}: average precision 0.6412 instead of 0.62, +0.0212 "
            "(95 % interval +0.0121 … +0.0304, 58,264 test rows).",
            "worse": f"Worse than {champion}: average precision -0.0187.",
            "undecided": f"Undecided against {champion}: average precision +0.0031.",
        }.get(outcome, "The first: no model is live to compare it with.")
        if evidence:
            write_pack(pack, whole)
        properties = {
            "execution": f"e{self.made}",
            "started_by": author,
            "reason": "weekly retraining",
            "recommended": str(whole["verdict"]["recommended"]).lower(),
            "verdict": told,
            "champion": champion,
        }
        candidate = Candidate(
            group, model, pack / "metrics.json", None, properties, pack if evidence else None
        )
        return int(self.registry.register(candidate).version)

    def evidence(self, group: str, version: int) -> str:
        return str(self.registry.describe(group, version).properties["evidence_digest"])

    def approve(self, group: str, version: int, by: Person = ANN, stage: str = "local") -> None:
        digest = self.evidence(group, version)
        self.approvals.approve(
            group, version, stage, by, evidence=digest, comment="fine", justification="as agreed"
        )

    def live(self, group: str, stage: str = "local") -> int:
        found = self.approvals.live(group, stage)
        return found.version if found else 0


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that MLflow has set up: it takes a second each time."""
    from penstock.registry.mlflow.client import empty_database

    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    file.write_bytes(empty_database())
    return file


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> House:
    """One for the whole session; every test registers a group of its own."""
    return make_house(tmp_path_factory.mktemp("house"), empty_mlflow)


@pytest.fixture(scope="module")
def tidy_house(tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path) -> House:
    """One that a test file has for itself."""
    return make_house(tmp_path_factory.mktemp("tidy"), empty_mlflow)


def make_house(folder: Path, empty_mlflow: Path) -> House:
    shutil.copy(empty_mlflow, folder / "mlflow.db")
    (folder / "approvals.yaml").write_text(RULES)
    registry = open_registry(f"sqlite:///{folder}/mlflow.db")
    approvals = open_approvals(
        registry,
        f"sqlite:///{folder}/ledger.db",
        rules=folder / "approvals.yaml",
        keys=folder / "keys",
    )
    return House(folder, registry, approvals)


@dataclass
class Served:
    """A console that listens."""

    address: str
    console: Console
    token: str = ""

    @property
    def printed(self) -> str:
        return f"{self.address}/sign-in?token={self.token}"


@dataclass
class Servers:
    running: list[tuple[uvicorn.Server, threading.Thread]] = field(default_factory=list)

    def start(self, application: Any, listener: socket.socket) -> None:
        config = uvicorn.Config(application, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        self.running.append((server, thread))
        for _ in range(200):
            if server.started:
                return
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        for server, thread in self.running:
            server.should_exit = True
            thread.join(5)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    found = Servers()
    yield found
    found.stop()


def listening() -> tuple[socket.socket, int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(32)
    return listener, int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def served(house: House, servers: Servers) -> Served:
    """The local console of the session, at a port of its own."""
    return serve(house, servers)


@pytest.fixture(scope="module")
def tidy_served(tidy_house: House, servers: Servers) -> Served:
    return serve(tidy_house, servers)


def serve(house: House, servers: Servers) -> Served:
    listener, port = listening()
    sign_in = LocalSignIn(BEN)
    address = f"http://127.0.0.1:{port}"
    console = make_console(
        house.approvals, Packs(house.registry), Settings(address, "local"), sign_in
    )
    console = replace(
        without_limits(console), now=lambda: datetime.now(UTC) + timedelta(hours=3, minutes=5)
    )
    servers.start(create_application(console), listener)
    return Served(address, console, sign_in.token)


def without_limits(console: Console) -> Console:
    from serving.console.security.rate_limit import RateLimit

    generous = RateLimit("tries", 100_000, 1.0)
    return replace(console, sign_ins=generous, decisions=generous)


@dataclass
class Client:
    """A browser without a screen, signed in; forms are sent as browsers send them."""

    http: httpx.Client
    console: Console
    address: str

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    @property
    def csrf(self) -> str:
        cookie = self.http.cookies.get(self.console.settings.cookie)
        return self.console.sessions.find(str(cookie)).csrf

    def send(self, path: str, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
        own = {"origin": "null", "sec-fetch-site": "same-origin"}
        return self.http.post(
            path, data={"csrf": self.csrf, **form}, headers=own if headers is None else headers
        )


@dataclass
class Consoles:
    """Consoles in this process, each with sessions and limits of its own."""

    house: House

    def make(self, *, person: Person = BEN, limits: bool = False, **settings: Any) -> Console:
        address = settings.pop("address", "http://127.0.0.1:8420")
        console = make_console(
            self.house.approvals,
            Packs(self.house.registry),
            Settings(address, "local", **settings),
            LocalSignIn(person),
        )
        return console if limits else without_limits(console)

    def stranger(self, console: Console) -> Client:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it asks for the next httpx
            from starlette.testclient import TestClient

        http = TestClient(
            create_application(console),
            base_url=console.settings.address,
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        return Client(http, console, console.settings.address)

    def client(self, *, role: str = "approver", person: Person = BEN, **settings: Any) -> Client:
        console = self.make(person=person, **settings)
        client = self.stranger(console)
        session = console.sessions.start(person, role)  # type: ignore[arg-type]
        client.http.cookies.set(console.settings.cookie, console.sessions.cookie(session))
        return client


@pytest.fixture(scope="session")
def consoles(house: House) -> Consoles:
    return Consoles(house)


@pytest.fixture
def client(consoles: Consoles) -> Client:
    return consoles.client()


@pytest.fixture
def group(request: pytest.FixtureRequest) -> str:
    """A model group of the test's own."""
    import hashlib

    name = request.node.name
    return f"g{hashlib.sha256(name.encode()).hexdigest()[:10]}"


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 780}, "color_scheme": "light"},
}


@pytest.fixture
def window(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open pages, each in a browser of its own, as far as cookies go."""
    contexts = []

    def opened(look: str = "light", **options: Any) -> Any:
        context = browser.new_context(**LOOKS[look], **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def listens(house: House) -> Iterator[Callable[..., Served]]:
    """Start consoles that end with the test."""
    own = Servers()

    def start(sign_in: Callable[[Settings], Any], **settings: Any) -> Served:
        listener, port = listening()
        address = f"http://127.0.0.1:{port}"
        known = Settings(address, "local", **settings)
        console = make_console(house.approvals, Packs(house.registry), known, sign_in(known))
        own.start(create_application(without_limits(console)), listener)
        return Served(address, console)

    yield start
    own.stop()
