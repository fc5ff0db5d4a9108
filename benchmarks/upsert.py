"""Benchmark (j): `pipeline upsert` and `plan` against the SageMaker SDK's upsert."""

import itertools
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.benchmark import Outcome, Settings
from benchmarks.bodies.account import REGION
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PIPELINE, PYTHON, ROOT, Command, environment, measure

UPSERT = "pipeline upsert, nothing cached"
CHANGING = "pipeline upsert of a change, nothing cached"
PLAN = "pipeline plan, nothing cached"
REPEATED = "pipeline plan, repeated"
SDK = "SageMaker SDK, pipeline.upsert()"

BUCKET, TABLE = "penstock-benchmark", "penstock-benchmark"
ROLE = "arn:aws:iam::123456789012:role/penstock"
ENVIRONMENT = f"""\
environments:
  dev:
    account: "123456789012"
    region: {REGION}
    role: {ROLE}
    artifacts: s3://{BUCKET}
    image: penstock:1
    records: {TABLE}
    limits:
      parallel_steps: """


def run(settings: Settings) -> Outcome:
    """Measure whole commands against one moto server; each finds the pipeline there already."""
    folder = settings.folder / "upsert"
    folder.mkdir(parents=True)
    file = folder / "environments.yaml"
    file.write_text(f"{ENVIRONMENT}8\n")
    definition = folder / "definition.json"
    compiling = (PIPELINE, "compile", "training", "--output", str(definition))
    measure(Command("compiling", compiling, folder))

    def forget() -> None:
        shutil.rmtree(folder / ".penstock", ignore_errors=True)

    steps = itertools.count(9)

    def change() -> None:
        forget()
        file.write_text(f"{ENVIRONMENT}{next(steps)}\n")

    with _account(folder) as variables:
        here = ("training", "--env", "dev")
        body = ("-m", "benchmarks.bodies.sagemaker_sdk_upsert", str(definition), "sdk", ROLE)
        # After a change there is nothing to do: the plan's exit code is 0.
        commands = [
            Command(CHANGING, (PIPELINE, "upsert", *here), folder, variables, before=change),
            Command(UPSERT, (PIPELINE, "upsert", *here), folder, variables, before=forget),
            Command(PLAN, (PIPELINE, "plan", *here), folder, variables, before=forget),
            Command(REPEATED, (PIPELINE, "plan", *here), folder, variables),
            Command(SDK, (PYTHON, *body), folder, variables),
        ]
        comparison = compare(
            "upserting the training pipeline",
            commands,
            rounds=2 if settings.quick else 7,
            progress=settings.progress,
        )
    verdicts = []
    for name in (CHANGING, UPSERT, PLAN):
        what = name.partition(",")[0]
        verdicts += [
            Verdict(f"(j) SageMaker SDK / {what}, time", comparison.ratio(SDK, name), 3.0, True),
            Verdict(
                f"(j) {what} / SageMaker SDK, peak memory",
                comparison.memory_ratio(name, SDK),
                1 / 3,
            ),
        ]
    return Outcome(
        [comparison],
        verdicts,
        [f"a repeated plan: {comparison.ratio(SDK, REPEATED):.1f} x faster than the SDK's upsert"],
    )


@contextmanager
def _account(folder: Path) -> Iterator[dict[str, str]]:
    """Serve an account; yield the variables that lead there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    argv = (PYTHON, "-m", "benchmarks.bodies.account", str(port), BUCKET, TABLE)
    with (folder / "account.log").open("wb") as log:
        server = subprocess.Popen(
            argv, cwd=ROOT, env=environment({}), stdout=subprocess.PIPE, stderr=log
        )
    try:
        if server.stdout is None or server.stdout.readline() != b"ready\n":
            raise RuntimeError((folder / "account.log").read_text()[-2000:])
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAGEMAKER_VALIDATE_ROLE": "false",
        }
    finally:
        server.kill()
        server.wait()
