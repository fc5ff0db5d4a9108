"""Runs the self-contained pipelines of a corpus here and by KFP's local runner, and compares.

python tests/corpus/run_counts.py --corpus CHECKOUT/test_data/sdk_compiled_pipelines/valid

Prints which pipelines hold no more than Python, and why the others do not (`self_contained.py`);
how each of them ends when it is lowered, checked and run by the executor, and when
`kfp.local.SubprocessRunner(use_venv=False)` runs it; and whether every component was given and
gave the same in both, artifacts byte for byte. Each run has a process, a home and a time limit of
its own. Nothing is installed: a stand-in takes pip's place (`stand_ins/`), and any version of a
package that is here satisfies what a component asks for. `--packages` names a folder of more, such
as `uv pip install --target DIR yapf` makes. docs/foreign-pipelines.md explains the counts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from comparison import compared, outputs_missing, records_of, unlike_worked_out
from known import ARGUMENTS, EXPLAINED, HERE_ALONE, MEANT_TO_FAIL
from one_run import PACKAGES, RECORDS, STAND_INS
from self_contained import corpus_files, obstacles, reasons_against

LIMIT_SECONDS = 180
_PAINT = re.compile("\x1b" + r"\[\d*m")
_VALUES: dict[str, Any] = {
    "STRING": "hello",
    "NUMBER_INTEGER": 3,
    "NUMBER_DOUBLE": 1.5,
    "BOOLEAN": True,
    "LIST": ["a", "b"],
    "STRUCT": {"a": "b"},
}


@dataclass
class Counted:
    """How one pipeline went in both runners.

    `alterations` names what KFP's runner is known to alter and did, `differences` what else
    differs, `explanation` why.
    """

    name: str
    ours: str
    kfp: str
    why: list[str]
    kfp_why: list[str]
    obstacles: list[str]
    components: int
    seconds: tuple[float, float]
    alterations: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    explanation: str = ""

    @property
    def meant_to_fail(self) -> bool:
        """Whether one of its tasks fails on purpose."""
        return self.name in MEANT_TO_FAIL

    @property
    def alone(self) -> bool:
        """Whether it ended here and not by KFP's runner, and its values were worked out."""
        return self.ours == "ended" and self.kfp != "ended" and self.name in HERE_ALONE

    @property
    def comparable(self) -> bool:
        """Whether both ended, or both failed as they should."""
        wanted = "failed" if self.meant_to_fail else "ended"
        return self.ours == wanted == self.kfp

    @property
    def verdict(self) -> str:
        """How the values of both runs compare."""
        if self.alone:
            return "DIFFERS" if self.differences else "as worked out by hand"
        if not self.comparable:
            return ""
        if self.differences:
            return "differs, explained" if self.explanation else "DIFFERS"
        return "equal but for KFP's alterations" if self.alterations else "equal"


def count(corpus: Path, file: Path, keep: Path | None = None) -> Counted:
    """Run one pipeline by both runners."""
    documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    name = file.relative_to(corpus).as_posix()
    arguments = {**missing_arguments(documents[0]), **ARGUMENTS.get(name, {})}
    with tempfile.TemporaryDirectory(prefix="corpus-") as place:
        home = (keep / name.replace("/", "--")) if keep else Path(place)
        artifacts = missing_artifacts(documents[0], home / "given")
        ours, our_records = run_by("ours", file, {**arguments, **artifacts}, home / "ours")
        kfp, kfp_records = run_by("kfp", file, arguments, home / "kfp")
    found = Counted(
        name,
        ours["ending"],
        kfp["ending"],
        ours["why"],
        kfp["why"],
        obstacles(documents),
        len(our_records),
        (ours["seconds"], kfp["seconds"]),
    )
    if found.alone:
        found.differences = unlike_worked_out(our_records, HERE_ALONE[name])
        found.explanation = HERE_ALONE[name].kfp
    elif found.comparable:
        comparison = compared(our_records, kfp_records)
        found.alterations = list(comparison.alterations)
        found.differences = list(comparison.differences)
        found.differences += outputs_missing(kfp.get("outputs", {}), our_records)
        found.explanation = EXPLAINED.get(name, "") if found.differences else ""
    return found


def missing_artifacts(specification: dict[str, Any], folder: Path) -> dict[str, str]:
    """Make a text file for each artifact that the pipeline takes, and return their URIs."""
    inputs = specification["root"].get("inputDefinitions", {}).get("artifacts", {})
    uris = {}
    for name, slot in inputs.items():
        if not slot.get("isOptional"):
            place = folder / name
            place.mkdir(parents=True)
            (place / "data").write_text(f"the text of {name}")
            uris[name] = place.as_uri()
    return uris


def missing_arguments(specification: dict[str, Any]) -> dict[str, Any]:
    """Return a value for each parameter that must have one and has no default."""
    inputs = specification["root"].get("inputDefinitions", {}).get("parameters", {})
    return {
        name: _VALUES[declared["parameterType"]]
        for name, declared in inputs.items()
        if "defaultValue" not in declared
        and not declared.get("isOptional")
        and declared["parameterType"] in _VALUES
    }


def run_by(
    which: str, file: Path, arguments: dict[str, Any], home: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a pipeline in a process of its own; return how it ended and its components' records.

    Args:
        which: `ours` for lowering and executor, `kfp` for KFP's local runner.
        file: The compiled pipeline.
        arguments: By parameter; an artifact's is its URI.
        home: Where the run keeps everything.
    """
    records, result = home / "records", home / "result.json"
    records.mkdir(parents=True)
    began = time.monotonic()
    environment = {
        **os.environ,
        RECORDS: str(records),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(STAND_INS),
        "PATH": f"{STAND_INS / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
    }
    command = [sys.executable, str(Path(__file__).with_name("one_run.py")), which, str(file)]
    command += [json.dumps(arguments), str(home), str(result)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            why = [f"after {LIMIT_SECONDS} s"]
            return {"ending": "timed out", "why": why, "seconds": LIMIT_SECONDS}, []
    seconds = round(time.monotonic() - began, 2)
    if not result.is_file():
        last = (home / "log").read_text(errors="replace").strip().splitlines()[-1:]
        return {"ending": "crashed", "why": last, "seconds": seconds}, records_of(records)
    return {**json.loads(result.read_text()), "seconds": seconds}, records_of(records)


def main() -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of compiled pipelines")
    parser.add_argument("--only", nargs="+", default=[], help="pipelines whose name holds this")
    parser.add_argument("--json", type=Path, help="file for all that was found")
    parser.add_argument("--jobs", type=int, default=2, help="pipelines at a time")
    parser.add_argument("--packages", type=Path, help="folder of further packages, for both")
    parser.add_argument("--keep", type=Path, help="folder to keep the homes of the runs in")
    options = parser.parse_args()
    if options.packages:
        os.environ[PACKAGES] = str(options.packages.absolute())
        sys.path.append(os.environ[PACKAGES])
    files, excluded = selected(options.corpus)
    if options.only:
        files = [file for file in files if any(part in str(file) for part in options.only)]
    else:
        for name, reasons in excluded.items():
            print(f"not run {name}: {'; '.join(reasons)}")
        print(f"{len(files)} of {len(files) + len(excluded)} hold no more than Python")
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(lambda file: count(options.corpus, file, options.keep), files))
    for one in found:
        _tell(one)
    _summarise(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
    wrong = [one for one in found if one.ours in ("invalid", "crashed") or "DIFF" in one.verdict]
    return 1 if wrong else 0


def selected(corpus: Path) -> tuple[list[Path], dict[str, list[str]]]:
    """Return the pipelines that hold no more than Python, and why each other does not."""
    taken: list[Path] = []
    excluded: dict[str, list[str]] = {}
    for file in corpus_files(corpus):
        reasons = reasons_against(list(yaml.safe_load_all(file.read_text(encoding="utf-8"))))
        if reasons:
            excluded[file.relative_to(corpus).as_posix()] = reasons
        else:
            taken.append(file)
    return taken, excluded


def _tell(one: Counted) -> None:
    meant = " as meant" if one.meant_to_fail else ""
    ours, kfp = (f"{how}{meant if how == 'failed' else ''}" for how in (one.ours, one.kfp))
    print(f"{one.name}: here {ours}, by kfp {kfp}" + (f": {one.verdict}" if one.verdict else ""))
    for label, lines in (
        ("needs", one.obstacles),
        ("here", one.why),
        ("by kfp", one.kfp_why),
        ("altered by kfp's runner", one.alterations),
        ("differs", one.differences),
        ("because", [one.explanation] if one.explanation else []),
    ):
        for line in lines:
            print(f"    {label}: {_PAINT.sub('', line)[:400]}")


def _summarise(found: list[Counted]) -> None:
    for label, endings in (
        ("here", [(one.ours, one.meant_to_fail) for one in found]),
        ("by kfp", [(one.kfp, one.meant_to_fail) for one in found]),
    ):
        said = Counter(
            f"{ending} as meant" if ending == "failed" and meant else ending
            for ending, meant in endings
        )
        print(f"{label}: " + ", ".join(f"{how} {number}" for how, number in said.most_common()))
    verdicts = Counter(one.verdict for one in found if one.verdict)
    print(f"compared {verdicts.total()}: " + ", ".join(f"{k} {v}" for k, v in verdicts.items()))


if __name__ == "__main__":
    sys.exit(main())
