from pathlib import Path

import pytest

from penstock.errors import RequestError
from serving.console.settings_file import read_console_file

WHOLE = """
address: https://approvals.example.com
issuer: https://login.example.com/realms/ml
client_id: penstock-console
roles_claim: realm_access.roles
approvers: [ml-approvers]
viewers: [everybody]
session_hours: 4
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "console.yaml"


def problems(file: Path, text: str, **environment: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(RequestError) as caught:
        read_console_file(file, environment)
    return [str(each).replace(str(file), "FILE") for each in caught.value.problems]


def test_a_provider_is_read_and_its_secret_comes_from_the_environment(file: Path) -> None:
    file.write_text(WHOLE)
    environment = {"PENSTOCK_CONSOLE_CLIENT_SECRET": "s3cret"}
    provider = read_console_file(file, environment).provider(environment)
    assert provider is not None
    assert provider.issuer == "https://login.example.com/realms/ml"
    assert provider.roles_claim == "realm_access.roles"
    assert provider.approvers == {"ml-approvers"}
    assert provider.client_secret == "s3cret"
    assert "s3cret" not in repr(provider)


def test_the_environment_counts_more_than_the_file(file: Path) -> None:
    file.write_text(WHOLE)
    found = read_console_file(
        file,
        {
            "PENSTOCK_CONSOLE_APPROVERS": "a, b",
            "PENSTOCK_CONSOLE_IDLE_MINUTES": "5",
            "PENSTOCK_CONSOLE_CLIENT_ID": "other",
        },
    )
    assert (found.approvers, found.idle_minutes, found.client_id) == (("a", "b"), 5.0, "other")


def test_without_a_file_the_console_is_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_console_file(None, {}).provider({}) is None
    (tmp_path / "console.yaml").write_text(WHOLE)
    assert read_console_file(None, {}).provider({}) is not None


def test_every_problem_is_told(file: Path) -> None:
    assert problems(file, "issuer: https://x.example\nsession_hours: 90\nfoo: 1\n") == [
        "FILE: session_hours: input should be less than or equal to 24.",
        "FILE: there is no setting 'foo'. Use one of: address, issuer, client_id, roles_claim, "
        "approvers, viewers, scopes, session_hours, idle_minutes, proxies.",
    ]
    assert problems(file, "issuer: https://x.example\n") == [
        "FILE: an identity provider needs client_id. Set client_id beside issuer.",
        "FILE: an identity provider needs address. Set address beside issuer.",
        "FILE: nobody could approve: approvers names no value of the roles claim. "
        "List values of the claim 'roles'.",
    ]
    assert problems(file, "viewers: [a]\n") == [
        "FILE: viewers: viewers says nothing without an issuer. Set issuer, or remove it."
    ]


def test_what_could_be_read_on_the_way_is_refused(file: Path) -> None:
    assert problems(file, WHOLE.replace("https://", "http://")) == [
        f"FILE: {name}: {address} is not encrypted; cookies and tokens could be read on the way. "
        "Use https."
        for name, address in (
            ("issuer", "http://login.example.com/realms/ml"),
            ("address", "http://approvals.example.com"),
        )
    ]
    assert problems(file, WHOLE.replace(".com\n", ".com/console\n", 1)) == [
        "FILE: address: the console stands at the root of its host. Drop the path."
    ]


def test_a_secret_in_the_file_is_refused(file: Path) -> None:
    assert problems(file, f"{WHOLE}client_secret: s3cret\n") == [
        "FILE: client_secret: a secret does not belong in a file. "
        "Remove it and set the variable PENSTOCK_CONSOLE_CLIENT_SECRET."
    ]


def test_what_is_no_settings_file_is_told(file: Path) -> None:
    assert problems(file, "a: [1\n") == ["FILE:2: this is no YAML. Mend the line."]
    assert problems(file, "just words\n") == ["FILE: the file holds no settings. Write KEY: VALUE."]
