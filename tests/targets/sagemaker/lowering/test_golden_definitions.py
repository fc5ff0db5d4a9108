import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.targets.sagemaker.lowering import Lowered
from penstock.targets.sagemaker.validation import check_definition

GOLDENS = Path(__file__).parent / "goldens"
NAMES = ("gated", "configured", "nested", "unrolled", "lists", "foreign", "exits", "transformed")


def _without_asset_digests(lowered: Lowered) -> str:
    """The adapter's source may change without the definition's form changing."""
    text = json.dumps(lowered.definition, indent=1)
    digests = {asset.key.split("/")[0] for asset in lowered.assets}
    for number, digest in enumerate(sorted(digests, key=text.index)):
        text = text.replace(digest, f"asset-{number}")
    return text + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_definition_is_the_golden_one(
    name: str, lowered: Callable[[str], Lowered], request: pytest.FixtureRequest
) -> None:
    text = _without_asset_digests(lowered(name))
    golden = GOLDENS / f"{name}.json"
    if request.config.getoption("--update-goldens"):
        golden.write_text(text)
    assert golden.exists(), f"{golden.name} is missing; run with --update-goldens and look at it."
    assert json.loads(text) == json.loads(golden.read_text())
    assert text == golden.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_the_definition_passes_every_check(name: str, lowered: Callable[[str], Lowered]) -> None:
    errors = [
        str(found)
        for found in check_definition(lowered(name).definition, name)
        if found.severity.value == "error"
    ]
    assert errors == []


def test_the_bytes_are_the_same_for_every_hash_seed_and_working_directory(
    compiled_text: Callable[[str], str], tmp_path: Path
) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.yaml").write_text(compiled_text(name))
    program = (
        "import hashlib, pathlib, sys\n"
        "from penstock.ir import read_ir\n"
        "from penstock.targets.sagemaker.lowering import lower\n"
        "whole = hashlib.sha256()\n"
        "for file in sorted(pathlib.Path(sys.argv[1]).glob('*.yaml')):\n"
        "    lowered = lower(read_ir(file, file.name))\n"
        "    whole.update(lowered.definition_json)\n"
        "    for asset in lowered.assets:\n"
        "        whole.update(asset.key.encode() + asset.content)\n"
        "print(whole.hexdigest())\n"
    )
    other = tmp_path / "elsewhere"
    other.mkdir()
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
        for folder in (Path.cwd(), other)
    }
    assert len(digests) == 1


def test_nothing_of_lowering_imports_kfp_or_a_cloud_sdk() -> None:
    program = (
        "import sys\nimport penstock.targets.sagemaker.lowering\n"
        "print(sorted({'kfp', 'boto3', 'botocore', 'pandas', 'pydantic'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"


def test_an_asset_is_named_by_its_content(lowered: Callable[[str], Lowered]) -> None:
    keys = [asset.key for asset in lowered("foreign").assets]
    assert len(keys) == len(set(keys))
    assert all(len(key.split("/")[0]) == 32 for key in keys)
    assert hashlib.sha256  # the digest covers names and bytes; see assets.bundle
