"""The catalogs that one promise is tested with: SQLite, Glue (moto) and REST (a small server)."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableRequest, Table
from pyiceberg.table.metadata import new_table_metadata
from pyiceberg.table.sorting import SortOrder

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def s3(monkeypatch):
    """A bucket `lake` of moto, with Glue beside it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # The servers of one process share what they hold.
    urllib.request.urlopen(f"http://{host}:{port}/moto-api/reset", data=b"")
    boto3.client("s3").create_bucket(Bucket="lake")
    yield
    server.stop()


@pytest.fixture
def rest(tmp_path, monkeypatch):
    """The place of a REST catalog that wants the token in PENSTOCK_TEST_TOKEN."""
    folder = tmp_path / "rest"
    folder.mkdir()
    monkeypatch.setenv("PENSTOCK_TEST_TOKEN", TOKEN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["sqlite", "glue", "rest"])
def catalog_uri(request, tmp_path):
    """An address without a table, in each kind of catalog."""
    if request.param == "sqlite":
        return f"iceberg+sqlite://{tmp_path}/lake house"
    if request.param == "glue":
        request.getfixturevalue("s3")
        return "iceberg+glue://?region=us-east-1&warehouse=s3://lake/warehouse"
    place = request.getfixturevalue("rest")
    return f"iceberg+rest://{place}?scheme=http&token=env:PENSTOCK_TEST_TOKEN"


def handler_of(folder):
    """Return a handler of the REST protocol, as far as tables need it, over a SQLite catalog."""
    lock = threading.Lock()

    def catalog():
        return SqlCatalog("rest", uri=f"sqlite:///{folder}/rest.db", warehouse=str(folder))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            self.answer("GET")

        def do_HEAD(self):
            self.answer("HEAD")

        def do_POST(self):
            self.answer("POST")

        def answer(self, method):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = [unquote(part) for part in urlsplit(self.path).path.split("/")[2:]]
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send(401, {"error": {"message": "no", "type": "Unauthorized", "code": 401}})
                return
            with lock:
                status, answer = self.route(method, parts, body)
            self.send(status, answer)

        def route(self, method, parts, body):
            match parts:
                case ["config"]:
                    return 200, {"defaults": {}, "overrides": {}}
                case ["namespaces"] if method == "GET":
                    return 200, {"namespaces": catalog().list_namespaces()}
                case ["namespaces"]:
                    return self.make_namespace(json.loads(body)["namespace"])
                case ["namespaces", name, "tables"] if method == "GET":
                    if not catalog().namespace_exists(name):
                        return 404, refusal("NoSuchNamespaceException", 404)
                    tables = catalog().list_tables(name)
                    listed = [{"namespace": t[:-1], "name": t[-1]} for t in tables]
                    return 200, {"identifiers": listed}
                case ["namespaces", name, "tables"]:
                    return self.stage(name, json.loads(body))
                case ["namespaces", name, "tables", table] if method == "POST":
                    request = CommitTableRequest.model_validate_json(body)
                    return self.commit((name, table), request)
                case ["namespaces", name, "tables", table]:
                    if not catalog().table_exists((name, table)):
                        return 404, refusal("NoSuchTableException", 404)
                    return 200, described(catalog().load_table((name, table)))
            return 404, refusal("NotFound", 404)

        def make_namespace(self, name):
            try:
                catalog().create_namespace(tuple(name))
            except NamespaceAlreadyExistsError:
                return 409, refusal("AlreadyExistsException", 409)
            return 200, {"namespace": name, "properties": {}}

        def stage(self, namespace, request):
            if not catalog().namespace_exists(namespace):
                return 404, refusal("NoSuchNamespaceException", 404)
            if catalog().table_exists((namespace, request["name"])):
                return 409, refusal("AlreadyExistsException", 409)
            metadata = new_table_metadata(
                location=f"{folder}/{namespace}/{request['name']}",
                schema=Schema(**request["schema"]),
                partition_spec=PartitionSpec(**request["partition-spec"]),
                sort_order=SortOrder(**request["write-order"]),
                properties=request["properties"],
            )
            return 200, {"metadata": json.loads(metadata.model_dump_json()), "config": {}}

        def commit(self, identifier, request):
            named = Table(identifier, None, "", None, None)
            try:
                done = catalog().commit_table(named, request.requirements, request.updates)
            except CommitFailedException:
                return 409, refusal("CommitFailedException", 409)
            return 200, json.loads(done.model_dump_json(by_alias=True))

        def send(self, status, answer):
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def refusal(kind, code):
    return {"error": {"message": kind, "type": kind, "code": code}}


def described(table):
    return {
        "metadata-location": table.metadata_location,
        "metadata": json.loads(table.metadata.model_dump_json()),
        "config": {},
    }
