import importlib.metadata

import pytest

from penstock.container.requirements import missing, requirements_of

PREAMBLE = """
if ! [ -x "$(command -v pip)" ]; then
    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip
fi

PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-warn-script-location \
'kfp==2.14.3' '--no-deps' 'typing-extensions>=3.7.4,<5; python_version<"3.9"' && "$0" "$@"
"""


def test_what_a_preamble_installs_is_found() -> None:
    assert requirements_of(["sh", "-c", PREAMBLE, "sh", "-ec", "program"]) == [
        "kfp==2.14.3",
        'typing-extensions>=3.7.4,<5; python_version<"3.9"',
    ]


def test_a_script_that_does_more_is_no_preamble() -> None:
    assert requirements_of(["sh", "-c", PREAMBLE + "echo done", "x"]) is None
    assert requirements_of(["sh", "-c", 'echo "$0" "$@"', "x"]) is None
    assert requirements_of(["python3", "-m", "pip", "install"]) is None


VERSION = importlib.metadata.version("pandas")
MAJOR = VERSION.split(".")[0]


@pytest.mark.parametrize(
    ("requirement", "there"),
    [
        ("kfp==0.1", True),
        (f"pandas=={VERSION}", True),
        ("pandas", True),
        ("pandas==0.1", False),
        (f"pandas>={MAJOR},<99", True),
        (f"pandas~={MAJOR}.0", True),
        (f"pandas=={MAJOR}.*", True),
        (f"pandas!={MAJOR}.*", False),
        ("pandas[excel]", False),
        ("no-such-package-anywhere", False),
        ('no-such-package; python_version<"3.9"', True),
        ('pandas>=1; python_version>="3.9"', True),
        ("git+https://host/x.git", False),
    ],
)
def test_a_requirement_is_there_or_missing(requirement: str, there: bool) -> None:
    assert missing([requirement]) == ([] if there else [requirement])
