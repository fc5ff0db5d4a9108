"""Benchmark (c): `pipeline compile` against the SageMaker SDK building the same pipeline."""

import shutil

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PIPELINE, PYTHON, Command, CommandFailedError, measure

COLD = "pipeline compile, nothing cached"
CACHED = "pipeline compile, repeated"
SDK = "SageMaker SDK"

OFFLINE = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_VALIDATE_ROLE": "false",
}
"""What the SDK needs to build a pipeline without asking AWS anything."""


def run(settings: Settings) -> Outcome:
    """Measure both as whole processes; the result is a file in both."""
    folder = settings.folder / "compile"
    ours, theirs = folder / "ours.json", folder / "theirs.json"
    argv = (PIPELINE, "compile", "training", "--use-case", "fraud", "--output", str(ours))

    def forget() -> None:
        shutil.rmtree(folder / ".penstock", ignore_errors=True)

    commands = [
        Command(COLD, argv, folder, before=forget),
        Command(CACHED, argv, folder),
        Command(
            SDK,
            (PYTHON, "-m", "benchmarks.bodies.sagemaker_sdk", str(ours), str(theirs)),
            folder,
            OFFLINE,
        ),
    ]
    comparison = compare(
        "compiling the training pipeline",
        commands,
        rounds=2 if settings.quick else 7,
        progress=settings.progress,
    )
    same = (PYTHON, "-m", "benchmarks.bodies.same_definition", str(ours), str(theirs))
    try:
        measure(Command("comparing definitions", same, folder, OFFLINE))
        equal = "both definitions are equal after the tests' normalising"
    except CommandFailedError:
        equal = "the two definitions DIFFER after the tests' normalising"
    return Outcome(
        [comparison],
        [
            Verdict(
                "(c) SageMaker SDK / pipeline compile, nothing cached",
                comparison.ratio(SDK, COLD),
                3.0,
                at_least=True,
            )
        ],
        [equal, f"repeated, from the cache: {comparison.ratio(SDK, CACHED):.0f} x faster"],
    )
