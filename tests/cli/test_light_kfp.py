"""What compiling loads of KFP, and that the rest is there for whoever asks."""

import os
import subprocess
import sys

import pytest

LIGHT = "from penstock.cli.light_kfp import load_light_kfp\nload_light_kfp()\n"
CLIENTS = ("kfp.client", "kfp_server_api", "kubernetes", "google.auth", "requests")


def printed(program: str, **variables: str) -> str:
    """Run a program in a process of its own: what is loaded once stays loaded."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["training", "inference"])
def test_compiling_loads_no_client_and_gives_what_the_whole_of_kfp_gives(name: str) -> None:
    program = (
        "import hashlib, sys\n"
        "from penstock.cli.compilation import compile_ir\n"
        f"text = compile_ir({name!r}, 'fraud')\n"
        f"loaded = [each for each in {CLIENTS!r} if each in sys.modules]\n"
        "print(hashlib.sha256(text.encode()).hexdigest(), *loaded)\n"
    )
    light = printed(program)
    whole = printed("import kfp\n" + program)
    assert light == whole.split()[0]
    assert whole.split()[1:] == list(CLIENTS)


def test_the_package_is_asked_for_its_client_and_its_modules_as_ever() -> None:
    program = LIGHT + (
        "import kfp\n"
        "from kfp import Client, compiler, components, dsl\n"
        "print(kfp.Client.__module__, Client is kfp.Client, kfp.compiler.Compiler.__name__)\n"
        "print(kfp.components is components, kfp.dsl is dsl, kfp.__version__ > '2')\n"
    )
    assert printed(program).split("\n") == ["kfp.client.client True Compiler", "True True True"]


def test_a_name_that_the_package_does_not_have_is_refused_as_ever() -> None:
    program = (
        "import kfp\n"
        "try:\n    kfp.nothing\nexcept AttributeError as error:\n    print(error, error.name)\n"
        "try:\n    from kfp import nothing\nexcept ImportError as error:\n    print(error.name)\n"
        "print(hasattr(kfp, '__wrapped__'))\n"
    )
    light = printed(LIGHT + program)
    assert light == printed(program)
    assert light.split("\n") == ["module 'kfp' has no attribute 'nothing' nothing", "kfp", "False"]


def test_all_names_that_the_whole_package_has_are_there() -> None:
    whole = printed("import kfp\nprint(*(name for name in vars(kfp) if name[0] != '_'))").split()
    program = LIGHT + f"import kfp\nprint([name for name in {whole!r} if not hasattr(kfp, name)])"
    assert "Client" in whole
    assert printed(program) == "[]"


def test_the_compiler_is_there_where_a_container_set_its_variable() -> None:
    program = LIGHT + "import os, kfp.dsl\nprint(kfp.dsl.pipeline, os.environ.get('_KFP_RUNTIME'))"
    assert printed(program, _KFP_RUNTIME="true").endswith(" None")


def test_a_package_that_is_loaded_already_stays_as_it_is() -> None:
    program = "import kfp\nbefore = dict(vars(kfp))\n" + LIGHT + "print(vars(kfp) == before)"
    assert printed(program) == "True"
