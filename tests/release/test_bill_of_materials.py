import json
from typing import Any

import pytest

from penstock.errors import RequestError
from penstock.release.bill_of_materials import bill_of_materials

LOCK = b"""
version = 1

[[package]]
name = "acme"
version = "2.0"
source = { virtual = "." }
dependencies = [{ name = "core", extra = ["fast"] }, { name = "split", version = "1" }]

[package.optional-dependencies]
ui = [{ name = "pages" }]

[package.dev-dependencies]
dev = [{ name = "tests" }]

[[package]]
name = "core"
version = "1!1.0+cpu"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "base" }]
sdist = { url = "https://files.example/core.tar.gz", hash = "sha256:0a" }
wheels = [{ url = "https://files.example/core.whl", hash = "sha512:0b" }]

[package.optional-dependencies]
fast = [{ name = "speed" }]

[[package]]
name = "base"
version = "1"
source = { registry = "https://packages.example/simple" }

[[package]]
name = "speed"
version = "1"
source = { git = "https://git.example/speed?rev=v1#abc" }

[[package]]
name = "split"
version = "1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "split"
version = "2"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pages"
version = "1"
source = { url = "https://files.example/pages.whl" }

[[package]]
name = "tests"
source = { directory = "tests" }
"""

BASE = "pkg:pypi/base@1?repository_url=https%3A%2F%2Fpackages.example%2Fsimple"
CORE = "pkg:pypi/core@1%211.0%2Bcpu"
PAGES = "pkg:pypi/pages@1?download_url=https%3A%2F%2Ffiles.example%2Fpages.whl"
SPEED = "pkg:pypi/speed@1?vcs_url=git%2Bhttps%3A%2F%2Fgit.example%2Fspeed%3Frev%3Dv1%23abc"


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(bill_of_materials(LOCK, "uv.lock"))


def test_the_project_is_the_subject(document: Any) -> None:
    assert {key: document[key] for key in ("bomFormat", "specVersion", "version", "metadata")} == {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "acme",
                "name": "acme",
                "version": "2.0",
            }
        },
    }


def test_every_package_is_listed_with_what_it_is_for(document: Any) -> None:
    assert {each["bom-ref"]: each["scope"] for each in document["components"]} == {
        BASE: "required",
        CORE: "required",
        PAGES: "optional",
        SPEED: "required",
        "pkg:pypi/split@1": "required",
        "pkg:pypi/split@2": "required",
        "pkg:pypi/tests": "excluded",
    }


def test_a_package_has_the_digests_of_its_files(document: Any) -> None:
    (core,) = (each for each in document["components"] if each["name"] == "core")
    assert core["externalReferences"] == [
        {
            "type": "distribution",
            "url": "https://files.example/core.tar.gz",
            "hashes": [{"alg": "SHA-256", "content": "0a"}],
        },
        {
            "type": "distribution",
            "url": "https://files.example/core.whl",
            "hashes": [{"alg": "SHA-512", "content": "0b"}],
        },
    ]


def test_what_needs_what_is_told(document: Any) -> None:
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert needs["acme"] == [CORE, "pkg:pypi/split@1"]
    assert needs[CORE] == [BASE]


@pytest.mark.parametrize("content", [b"\xff", b"a = ", b"", b"package = 1", b"[[package]]\n"])
def test_what_is_no_lock_file_is_told(content: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        bill_of_materials(content, "uv.lock")
    assert str(caught.value).startswith("uv.lock: this is no lock file of uv: ")
