"""Transform jobs ask a serving process as the service does."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from penstock.data.digest import content_digest
from penstock.targets.local.jobs import serving
from penstock.targets.local.result import RunStatus

SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(os.environ["PENSTOCK_ML_ROOT"])
MODE = os.environ.get("MODE", "")
print("serving", sys.argv[1:], file=sys.stderr, flush=True)
if MODE == "dies":
    sys.exit("no model")
if MODE == "explains":
    (ROOT / "output").mkdir(parents=True, exist_ok=True)
    (ROOT / "output" / "failure").write_text("the model is of another version")
    sys.exit(1)
if MODE == "unready":
    time.sleep(60)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1" if MODE == "keeps" else "HTTP/1.0"
    answered = 0

    def setup(self):
        super().setup()
        self.note("opened", str(self.client_address[1]))

    def note(self, name, text):
        with (ROOT.parent.parent / name).open("a") as stream:
            stream.write(text + "\\n")

    def do_GET(self):
        if MODE == "wishes" and self.path != "/ping":
            self.note("wished", "GET " + self.path)
            self.answer(200, b'{"MaxConcurrentTransforms": 3}')
            return
        self.answer(500 if MODE == "sick" else 200, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with (ROOT.parent.parent / "asked").open("ab") as asked:
            asked.write(json.dumps([self.path, self.headers["Content-Type"],
                self.headers.get("Accept"), body.decode()]).encode() + b"\\n")
        if MODE == "crashes":
            os._exit(9)
        if MODE == "hangs":
            Path(os.environ["MARK"]).touch()
            time.sleep(60)
        if "faulty" in MODE:
            count = len((ROOT.parent.parent / "asked").read_bytes().splitlines())
            if count < 3 or MODE.startswith("always"):
                self.answer(500, b"faulty")
                return
        if MODE == "merges":
            self.answer(200, b"one\\n")
            return
        if b"names" in body:
            number = body.splitlines().index(b"names") + 1
            row = {"row": number, "column": "amount", "problem": "'names' is not a number."}
            self.answer(400, json.dumps({"message": "one", "rows": [row]}).encode())
            return
        if b"bad" in body:
            self.answer(400, b"a row has no amount\\n")
            return
        prefix = (ROOT / "model" / "prefix").read_bytes()
        end = b"" if MODE == "bare" else b"\\n"
        self.answer(200, b"\\n".join(prefix + line for line in body.splitlines()) + end)

    def answer(self, status, body):
        type(self).answered += 1
        if MODE == "keeps" and type(self).answered == 20:
            self.close_connection = True  # without a word to the client
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def server(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "server.py"
    file.write_text(SERVER)
    return {"tool:1": "env", "server:1": f"python3 {file}"}


@pytest.fixture
def model(bench: Any) -> str:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("prefix")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"> "))
    return bench.put("model/model.tar.gz", packed.getvalue()) + "/model.tar.gz"


@pytest.fixture
def transform(bench: Any, build: Any, model: str) -> Any:
    def steps(source: str, *, mode: str = "", **arguments: Any) -> list[dict[str, Any]]:
        request = {
            "ModelName": build.get("Steps.model.ModelName"),
            "TransformInput": {
                "ContentType": "text/csv",
                "SplitType": arguments.pop("SplitType", "None"),
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            },
            "TransformOutput": {
                "S3OutputPath": build.join(
                    build.get("Parameters.ArtifactRoot"),
                    build.get("Execution.PipelineExecutionId"),
                    "scores",
                    on="/",
                ),
                "AssembleWith": arguments.pop("AssembleWith", "None"),
                "Accept": "text/csv",
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "Environment": {"MODE": mode} | arguments.pop("Environment", {}),
            **arguments,
        }
        return [
            {
                "Name": "model",
                "Type": "Model",
                "Arguments": {
                    "PrimaryContainer": {"Image": "server:1", "ModelDataUrl": model},
                    "ExecutionRoleArn": "arn:aws:iam::000000000000:role/any",
                },
            },
            {"Name": "score", "Type": "Transform", "Arguments": request},
        ]

    return steps


def asked(run: Any) -> list[str]:
    lines = (run.folder / "asked").read_text().splitlines()
    return [json.loads(line)[3] for line in lines]


def test_a_whole_file_is_one_request_and_its_answer_one_file(bench, transform, server):
    source = bench.put("rows/a.csv", "1\n2\n")
    bench.put("rows/deep/b.csv", "3\n")
    result = bench.run(*transform(source), images=server)
    run = result.steps["score"]
    assert result.status is RunStatus.SUCCEEDED
    output = run.outputs["output"]
    assert bench.read(output, "a.csv.out") == "> 1\n> 2\n"
    assert bench.read(output, "deep/b.csv.out") == "> 3\n"
    assert output.digest == content_digest(Path(output.uri.removeprefix("file://")))
    assert [json.loads(line) for line in (run.folder / "asked").read_text().splitlines()] == [
        ["/invocations", "text/csv", "text/csv", "1\n2\n"],
        ["/invocations", "text/csv", "text/csv", "3\n"],
    ]
    assert (run.folder / "stderr.log").read_text() == "serving ['serve']\n"
    assert run.properties["TransformOutput"]["S3OutputPath"] == output.uri


@pytest.mark.parametrize(
    ("arguments", "requests"),
    [
        ({"BatchStrategy": "SingleRecord"}, ["1\n", "2\n", "3"]),
        ({"BatchStrategy": "MultiRecord"}, ["1\n2\n3"]),
        ({}, ["1\n2\n3"]),
    ],
)
def test_lines_are_asked_one_by_one_or_together(bench, transform, server, arguments, requests):
    source = bench.put("rows/a.csv", "1\n2\n3")
    steps = transform(source, SplitType="Line", AssembleWith="Line", **arguments)
    result = bench.run(*steps, images=server)
    assert asked(result.steps["score"]) == requests
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == "> 1\n> 2\n> 3\n"


def test_requests_stay_below_the_largest_payload(bench, transform, server):
    line = "x" * 400_000 + "\n"
    source = bench.put("rows/a.csv", line * 5)
    result = bench.run(*transform(source, SplitType="Line", MaxPayloadInMB=1), images=server)
    assert [len(body) for body in asked(result.steps["score"])] == [800_002, 800_002, 400_001]
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == f"> {line}" * 5


@pytest.mark.parametrize(("split", "place"), [("Line", "a.csv:2"), ("None", "a.csv")])
def test_a_record_over_the_largest_payload_fails_the_job(bench, transform, server, split, place):
    source = bench.put("rows/a.csv", "1\n" + "x" * 1_100_000)
    result = bench.run(*transform(source, SplitType=split, MaxPayloadInMB=1), images=server)
    size = "1,100,000" if split == "Line" else "1,100,002"
    assert result.steps["score"].failure_reason == (
        f"{place}: a record of {size} bytes is over MaxPayloadInMB (1 MB). "
        "Raise MaxPayloadInMB, at most 100, or split the file by line."
    )


def test_without_a_largest_payload_everything_is_one_request(bench, transform, server):
    source = bench.put("rows/a.csv", "x" * 7_000_000)
    result = bench.run(*transform(source, SplitType="Line", MaxPayloadInMB=0), images=server)
    assert result.status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("assemble", "expected"), [("None", "> 1> 2> 3"), ("Line", "> 1\n> 2\n> 3\n")]
)
def test_answers_are_put_together_as_asked(bench, transform, server, assemble, expected):
    source = bench.put("rows/a.csv", "1\n2\n3\n")
    steps = transform(
        source, mode="bare", SplitType="Line", AssembleWith=assemble, BatchStrategy="SingleRecord"
    )
    result = bench.run(*steps, images=server)
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == expected


def test_answers_keep_the_order_of_the_records_however_many_are_asked_at_once(
    bench, transform, server
):
    source = bench.put("rows/a.csv", "".join(f"{number}\n" for number in range(60)))
    steps = transform(
        source, SplitType="Line", BatchStrategy="SingleRecord", MaxConcurrentTransforms=4
    )
    result = bench.run(*steps, images=server)
    expected = "".join(f"> {number}\n" for number in range(60))
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == expected


@pytest.mark.parametrize(
    ("strategy", "place"), [("SingleRecord", "a.csv:3"), ("MultiRecord", "a.csv, lines 1 to 4")]
)
def test_a_refused_record_fails_the_job_and_is_named(bench, transform, server, strategy, place):
    source = bench.put("rows/a.csv", "1\n2\nbad\n4\n")
    steps = transform(source, SplitType="Line", BatchStrategy=strategy)
    result = bench.run(*steps, images=server)
    assert result.status is RunStatus.FAILED
    assert result.steps["score"].failure_reason == (
        f"{place}: /invocations answered 400: a row has no amount Correct the record or the model."
    )
    assert not (bench.home / "artifacts").exists()


def test_an_empty_file_gives_an_empty_answer(bench, transform, server):
    source = bench.put("rows/a.csv", "")
    result = bench.run(*transform(source, SplitType="Line"), images=server)
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == ""


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("dies", "the serving process ended before it answered /ping."),
        ("explains", "the model is of another version"),
        ("unready", "the serving process did not answer /ping with 200 within 0.5 seconds."),
        ("sick", "the serving process did not answer /ping with 200 within 0.5 seconds."),
        (
            "crashes",
            "the serving process does not answer: Remote end closed connection without response. "
            "See its log.",
        ),
    ],
)
def test_a_serving_process_that_does_not_serve_fails_the_job(
    bench, transform, server, monkeypatch, processes_of, mode, reason
):
    if mode in ("unready", "sick"):
        monkeypatch.setattr(serving, "START_SECONDS", 0.5)
    result = bench.run(*transform(bench.put("rows/a.csv", "1\n"), mode=mode), images=server)
    assert result.steps["score"].failure_reason == reason
    assert processes_of(result.folder) == []


def test_a_stopped_run_does_not_wait_for_an_answer(
    bench, build, transform, server, tmp_path, monkeypatch, processes_of
):
    from penstock.targets.local.scheduler import Scheduler

    mark = tmp_path / "mark"
    steps = transform(bench.put("rows/a.csv", "1\n"), mode="hangs", Environment={"MARK": str(mark)})
    real = Scheduler._take

    def interrupted(self, ending):
        real(self, ending)
        if not isinstance(ending, tuple) and ending.run.name == "wait":
            raise KeyboardInterrupt

    monkeypatch.setattr(Scheduler, "_take", interrupted)
    waiting = build.processing("wait", f"while [ ! -e {mark} ]; do sleep 0.02; done", seconds=30)
    with pytest.raises(KeyboardInterrupt):
        bench.run(*steps, waiting, images=server)
    (folder,) = (bench.home / "runs").iterdir()
    assert processes_of(folder) == []
    ended = [
        line for line in (folder / "journal.jsonl").read_text().splitlines() if "score" in line
    ]
    assert json.loads(ended[-1])["status"] == "stopped"
    assert json.loads(ended[-1])["failure_reason"] == "the run was stopped."


def test_a_split_that_this_machine_cannot_do_is_told(bench, transform, server):
    steps = transform("file:///x", SplitType="RecordIO")
    assert bench.run(*steps, images=server).steps["score"].failure_reason == (
        "SplitType RecordIO does not run on this machine. Use Line."
    )


@pytest.mark.parametrize(
    ("processing", "sent", "kept"),
    [
        ({"InputFilter": "$[1:]"}, ["10,11\n20,21\n"], "> 10,11\n> 20,21\n"),
        ({"InputFilter": "$[-1]"}, ["11\n21\n"], "> 11\n> 21\n"),
        ({"InputFilter": "$[0,2]"}, ["a,11\nb,21\n"], "> a,11\n> b,21\n"),
        (
            {"InputFilter": "$[1:]", "JoinSource": "Input"},
            ["10,11\n20,21\n"],
            "a,10,11,> 10,11\nb,20,21,> 20,21\n",
        ),
        (
            {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
            ["10,11\n20,21\n"],
            "a,11\nb,21\n",
        ),
    ],
)
@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_columns_are_left_out_and_joined_as_asked(
    bench, transform, server, processing, sent, kept, strategy
):
    source = bench.put("rows/a.csv", "a,10,11\nb,20,21\n")
    steps = transform(
        source,
        SplitType="Line",
        AssembleWith="Line",
        BatchStrategy=strategy,
        DataProcessing=processing,
    )
    result = bench.run(*steps, images=server)
    assert "".join(asked(result.steps["score"])) == "".join(sent)
    assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == kept


def test_a_filter_that_does_not_fit_a_record_names_it(bench, transform, server):
    source = bench.put("rows/a.csv", "a,1,2\nb\n")
    steps = transform(source, SplitType="Line", DataProcessing={"InputFilter": "$[2]"})
    assert bench.run(*steps, images=server).steps["score"].failure_reason == (
        "a.csv:2: InputFilter $[2]: there is no place 2 among 1. Correct the record or the filter."
    )


def test_requests_are_split_by_the_size_of_what_is_sent(bench, transform, server):
    source = bench.put("rows/a.csv", ("x" * 400_000 + ",1\n") * 5)
    steps = transform(
        source, SplitType="Line", MaxPayloadInMB=1, DataProcessing={"InputFilter": "$[1]"}
    )
    result = bench.run(*steps, images=server)
    assert asked(result.steps["score"]) == ["1\n" * 5]


def test_an_answer_that_does_not_fit_its_records_is_told(bench, transform, server):
    source = bench.put("rows/a.csv", "1\n2\n")
    steps = transform(
        source, mode="merges", SplitType="Line", DataProcessing={"JoinSource": "Input"}
    )
    assert bench.run(*steps, images=server).steps["score"].failure_reason == (
        "a.csv, lines 1 to 2: 1 answers came for 2 records, and each is to be joined to its own. "
        "Correct the record or the model."
    )


def test_rows_that_an_answer_names_are_found_in_the_file(bench, transform, server):
    line = "x" * 600_000 + "\n"
    source = bench.put("rows/a.csv", line * 2 + "names\n")
    steps = transform(source, SplitType="Line", MaxPayloadInMB=1)
    assert bench.run(*steps, images=server).steps["score"].failure_reason == (
        "a.csv:3: /invocations answered 400: column 'amount': 'names' is not a number. "
        "Correct the record or the model."
    )


def test_a_fault_of_the_server_is_borne_a_few_times(bench, transform, server):
    source = bench.put("rows/a.csv", "1\n")
    result = bench.run(*transform(source, mode="twice faulty"), images=server)
    assert result.status is RunStatus.SUCCEEDED
    assert len(asked(result.steps["score"])) == 3


def test_a_fault_that_stays_fails_the_job(bench, transform, server):
    source = bench.put("rows/a.csv", "1\n")
    steps = transform(source, mode="always faulty", ModelClientConfig={"InvocationsMaxRetries": 1})
    run = bench.run(*steps, images=server).steps["score"]
    assert run.failure_reason == (
        "a.csv: /invocations answered 500: faulty Correct the record or the model."
    )
    assert len(asked(run)) == 2


def test_few_connections_are_opened_and_an_idle_one_that_was_closed_is_no_fault(
    bench, transform, server
):
    source = bench.put("rows/a.csv", "".join(f"{number}\n" for number in range(30)))
    steps = transform(source, mode="keeps", SplitType="Line", BatchStrategy="SingleRecord")
    result = bench.run(*steps, images=server)
    opened = (result.steps["score"].folder / "opened").read_text().splitlines()
    assert result.status is RunStatus.SUCCEEDED
    assert len(asked(result.steps["score"])) == 30
    assert len(opened) == 4, "a ping, a question for its wishes, two for the records"


def test_what_the_job_leaves_open_the_server_says(bench, transform, server):
    source = bench.put("rows/a.csv", "1\n2\n")
    steps = transform(source, mode="wishes", SplitType="Line")
    result = bench.run(*steps, images=server)
    assert (result.steps["score"].folder / "wished").read_text() == "GET /execution-parameters\n"


def test_a_model_that_is_a_folder_is_served_as_one(bench, transform, server):
    folder = bench.put("kept/prefix", ": ")
    steps = transform(bench.put("rows/a.csv", "1\n"))
    container = steps[0]["Arguments"]["PrimaryContainer"]
    for named in (
        {"ModelDataUrl": folder},
        {
            "ModelDataSource": {
                "S3DataSource": {
                    "S3Uri": f"{folder}/",
                    "S3DataType": "S3Prefix",
                    "CompressionType": "None",
                }
            }
        },
    ):
        container.pop("ModelDataUrl", None)
        container.update(named)
        result = bench.run(*steps, images=server)
        assert bench.read(result.steps["score"].outputs["output"], "a.csv.out") == ": 1\n"


def test_a_model_of_no_step_is_told(bench, transform, server):
    steps = transform("file:///x")
    steps[1]["Arguments"]["ModelName"] = "elsewhere"
    assert bench.run(*steps, images=server).steps["score"].failure_reason == (
        "the model elsewhere is made by no step of this run. "
        "Make it in a Model step and refer to Steps.<step>.ModelName."
    )


def test_a_model_without_an_image_is_refused_before_anything_starts(bench, transform, server):
    from penstock.errors import DefinitionError

    steps = transform("file:///x")
    del steps[0]["Arguments"]["PrimaryContainer"]["Image"]
    with pytest.raises(DefinitionError) as refused:
        bench.run(*steps, images=server)
    assert str(refused.value) == (
        "step model: it has no PrimaryContainer.Image that can be read. "
        "Add it to the step's Arguments; the service requires it, too."
    )


def test_a_damaged_model_is_told(bench, transform, server, model):
    Path(model.removeprefix("file://")).write_bytes(b"no archive")
    result = bench.run(*transform(bench.put("rows/a.csv", "1\n")), images=server)
    run = result.steps["score"]
    assert run.failure_reason == (
        f"{model} cannot be unpacked: {run.folder}/fetched/model.tar.gz is damaged: "
        "Not a gzipped file (b'no'). Run the training again."
    )
