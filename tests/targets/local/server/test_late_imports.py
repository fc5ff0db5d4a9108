"""What a zygote loads of the imports that functions make late."""

import importlib
import sys
import textwrap

import pytest

from penstock.targets.local.server.late_imports import load_late_imports

FILES = {
    "own/__init__.py": "",
    "own/component.py": """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import only_for_types

        from own.early import helper

        class Body:
            from own import in_a_class

        def component():
            from own.late import part
            from own import submodule

            def inner():
                import foreign.used

            return [inner for _ in (lambda: __import__)]
    """,
    "own/early.py": "def helper():\n    import foreign\n",
    "own/in_a_class.py": "",
    "own/late.py": "def part():\n    import own.later\n",
    "own/later.py": "def last():\n    import there_is_no_such_module\n    import foreign.after\n",
    "own/submodule.py": "",
    "own/apart.py": "",
    "foreign/__init__.py": "def call():\n    import foreign.its_own_affair\n",
    "foreign/used.py": "",
    "foreign/after.py": "",
    "foreign/its_own_affair.py": "",
    "only_for_types.py": "",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in _loaded():
        del sys.modules[name]


def _loaded():
    packages = ("own", "foreign", "only_for_types")
    return {name for name in sys.modules if name.partition(".")[0] in packages}


def test_late_imports_are_followed_through_the_own_package_and_no_further(project):
    importlib.import_module("own.component")
    load_late_imports("own.component")
    assert _loaded() == {
        "foreign",
        "foreign.after",
        "foreign.used",
        "own",
        "own.component",
        "own.early",
        "own.in_a_class",
        "own.late",
        "own.later",
        "own.submodule",
    }


def test_what_cannot_be_loaded_is_told_and_left_to_the_job(project, capsys):
    importlib.import_module("own.component")
    load_late_imports("own.component")
    said = capsys.readouterr().err
    assert said.count("ModuleNotFoundError: No module named 'there_is_no_such_module'") == 1
    assert said.count("Traceback") == 1
