"""Benchmark (i): verifying the evidence of a candidate against hashing the same bytes."""

import os
import shutil

from benchmarks.benchmark import Outcome, Settings
from benchmarks.comparing import Verdict, compare
from benchmarks.measuring import PIPELINE, Command
from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack

OURS, FLOOR, OPENSSL = "pipeline evidence verify", "sha256sum", "openssl dgst -sha256"
_BLOCK = 1 << 20


def run(settings: Settings) -> Outcome:
    """Hash a model of 1 GiB in four files, and the pack that names it."""
    blocks = 16 if settings.quick else 256
    model, pack = settings.folder / "model", settings.folder / "pack"
    model.mkdir()
    pack.mkdir()
    for number in range(4):
        with (model / f"part-{number}.bin").open("wb") as stream:
            for _ in range(blocks):
                stream.write(os.urandom(_BLOCK))
    (pack / "evidence.html").write_text("<h1>better</h1>")
    write_pack(pack, {"digests": {"model": {"digest": content_digest(model)}}})
    files = [str(file) for folder in (model, pack) for file in sorted(folder.iterdir())]
    folder = settings.folder / "here"
    commands = [
        Command(FLOOR, ("sha256sum", *files), folder),
        Command(OURS, (PIPELINE, "evidence", "verify", str(pack), "--model", str(model)), folder),
    ]
    if shutil.which("openssl"):
        commands.append(Command(OPENSSL, ("openssl", "dgst", "-sha256", *files), folder))
    comparison = compare(
        f"evidence of {4 * blocks:,} MiB",
        commands,
        rounds=3 if settings.quick else 5,
        progress=settings.progress,
    )
    notes = []
    if shutil.which("openssl"):
        ratio = comparison.ratio(OURS, OPENSSL)
        notes.append(f"against openssl, which uses the processor's SHA instructions: {ratio:.2f} x")
    verdict = Verdict(f"(i) {OURS} / {FLOOR}, the same bytes", comparison.ratio(OURS, FLOOR), 1.2)
    return Outcome([comparison], [verdict], notes)
