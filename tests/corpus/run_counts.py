"""Runs the self-contained pipelines of a corpus here and by KFP's local runner, and compares.

python tests/corpus/run_counts.py --corpus CHECKOUT/test_data/sdk_compiled_pipelines/valid

Prints which pipelines hold no more than Python, and why the others do not (`self_contained.py`);
how each of them ends when it is lowered, checked and run by the executor, and when
`kfp.local.SubprocessRunner(use_venv=False)` runs it; and whether every component was given and
gave the same in both, artifacts byte for byte. Each run has a process, a home and a time limit of
its own. Nothing is installed: a stand-in takes pip's place (`stand_ins/`).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from comparison import differences, outputs_missing, records_of
from one_run import RECORDS, STAND_INS
from self_contained import corpus_files, obstacles, reasons_against

LIMIT_SECONDS = 180
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
    """How one pipeline went in both runners."""

    name: str
    ours: str
    kfp: str
    why: list[str] = field(default_factory=list)
    kfp_why: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    components: int = 0

    @property
    def equal(self) -> bool | None:
        """Whether all values are the same; None where a runner did not end."""
        both = self.ours == self.kfp and self.ours in ("ended", "failed")
        return not self.differences if both else None


def count(corpus: Path, file: Path, keep: Path | None = None) -> Counted:
    """Run one pipeline by both runners."""
    documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    arguments = missing_arguments(documents[0])
    name = file.relative_to(corpus).as_posix()
    with tempfile.TemporaryDirectory(prefix="corpus-") as place:
        home = (keep / name.replace("/", "--")) if keep else Path(place)
        ours, our_records = _run("ours", file, arguments, home / "ours")
        kfp, kfp_records = _run("kfp", file, arguments, home / "kfp")
    found = Counted(
        name,
        ours["ending"],
        kfp["ending"],
        ours["why"],
        kfp["why"],
        obstacles=obstacles(documents),
        components=len(our_records),
    )
    if found.ours == "ended" and found.kfp == "ended":
        found.differences = differences(our_records, kfp_records)
        found.differences += outputs_missing(kfp["outputs"], our_records)
    elif found.ours == found.kfp:
        found.differences = differences(our_records, kfp_records)
    return found


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


def _run(
    which: str, file: Path, arguments: dict[str, Any], home: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    records, result = home / "records", home / "result.json"
    records.mkdir(parents=True)
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
            return {"ending": "timed out", "why": [f"after {LIMIT_SECONDS} s"]}, []
    if not result.is_file():
        last = (home / "log").read_text(errors="replace").strip().splitlines()[-1:]
        return {"ending": "crashed", "why": last}, records_of(records)
    return json.loads(result.read_text()), records_of(records)


def main() -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of compiled pipelines")
    parser.add_argument("--only", nargs="+", default=[], help="pipelines whose name holds this")
    parser.add_argument("--json", type=Path, help="file for all that was found")
    parser.add_argument("--jobs", type=int, default=2, help="pipelines at a time")
    parser.add_argument("--keep", type=Path, help="folder to keep the homes of the runs in")
    options = parser.parse_args()
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
    return 1 if any(one.ours in ("invalid", "crashed") for one in found) else 0


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
    verdict = {True: ", equal", False: ", DIFFERENT", None: ""}[one.equal]
    print(f"{one.name}: here {one.ours}, by kfp {one.kfp}{verdict}")
    for label, lines in (
        ("needs", one.obstacles),
        ("here", one.why),
        ("by kfp", one.kfp_why),
        ("differs", one.differences),
    ):
        for line in lines:
            print(f"    {label}: {line[:400]}")


def _summarise(found: list[Counted]) -> None:
    print(f"here: {dict(Counter(one.ours for one in found))}")
    print(f"by kfp: {dict(Counter(one.kfp for one in found))}")
    both = [one for one in found if one.equal is not None]
    print(f"ended alike {len(both)}, of these equal {sum(one.equal is True for one in both)}")


if __name__ == "__main__":
    sys.exit(main())
