"""What keeps the tree in order."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_no_package_stands_below_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_command_of_the_makefile_that_the_issue_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"run", "test", "check", "bench"} <= targets


def test_the_readme_shows_how_to_run_and_to_test() -> None:
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"^(\$ )?make run$", readme, flags=re.MULTILINE)
    assert re.search(r"^(\$ )?make test\b", readme, flags=re.MULTILINE)


def test_the_lock_file_names_only_the_public_registry() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    addresses = set()
    for package in lock["package"]:
        addresses.add(package["source"].get("registry", "local"))
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        addresses.update("/".join(file["url"].split("/")[:3]) for file in files)
    assert addresses == {"https://pypi.org/simple", "https://files.pythonhosted.org", "local"}


def test_the_default_install_holds_no_cuda_and_no_sagemaker_sdk() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    packages = {package["name"]: package for package in lock["package"]}
    reached: set[str] = set()
    waiting = ["penstock"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [each["name"] for each in packages[name].get("dependencies", [])]
    assert {"kfp", "boto3", "xgboost-cpu", "mlflow-skinny", "duckdb"} <= reached
    assert not [name for name in reached if name.startswith(("nvidia", "sagemaker", "torch"))]
    assert "xgboost" not in reached


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "misc.py"}
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [file for file in listed.stdout.splitlines() if Path(file).name in vague] == []


@pytest.mark.slow
def test_the_import_contracts_hold() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_an_import_against_a_contract_is_found(tmp_path: Path) -> None:
    """The contracts are not empty: the same settings find a planted edge in a copy."""
    import shutil

    for name in ("penstock", "components", "infra", "pipelines", "sandbox", "use_cases"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "components" / "planted.py").write_text("import penstock.cli.main\nimport boto3\n")
    (tmp_path / "penstock" / "planted").mkdir()
    (tmp_path / "penstock" / "planted" / "__init__.py").write_text("")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(
        [*command, "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    text = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "components.planted -> penstock.cli.main (l.1)" in text
    assert "components.planted -> boto3 (l.2)" in text
    assert "planted" in text.partition("Broken contracts")[2]
