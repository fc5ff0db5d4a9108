"""`approvals.yaml`: what it says, and every problem with its line at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.approval.opening import open_approvals
from penstock.approval.rules import Rules, Stage
from penstock.approval.rules_file import load_rules
from penstock.approval.signing.key_files import KeyFiles
from penstock.errors import ApprovalError, RequestError
from penstock.evidence.canonical import digest_of
from penstock.registry.in_memory import InMemoryRegistry


def written(folder: Path, text: str) -> Path:
    file = folder / "approvals.yaml"
    file.write_text(text)
    return file


def refused(file: Path) -> list[str]:
    with pytest.raises(RequestError) as caught:
        load_rules(file)
    return [str(each).replace(f"{file}:", "") for each in caught.value.problems]


def test_without_a_file_there_is_one_local_stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Rules().stages == (Stage("local", 1, True, 30, (), ""),)
    assert open_approvals(InMemoryRegistry()).stages() == ["local"]


def test_a_file_in_the_working_directory_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "stages: [{name: staging}, {name: prod, after: staging}]")
    assert open_approvals(InMemoryRegistry()).stages() == ["staging", "prod"]


def test_stages_and_keys_are_read(tmp_path):
    key = KeyFiles(tmp_path / "keys").key
    text = f"""
stages:
  - {{name: staging}}
  - name: prod
    approvers: 2
    author_may_approve: true
    days: null
    who: [ann, ben]
    after: staging
keys:
  - key: {key}
    valid_from: 2026-01-01T00:00:00Z
    valid_until: 2027-01-01T01:00:00+01:00
    names: [ben]
"""
    rules = load_rules(written(tmp_path, text))
    assert rules.stages == [
        Stage("staging", 1, False, 30, [], ""),
        Stage("prod", 2, True, None, ["ann", "ben"], "staging"),
    ]
    (trusted,) = rules.keys
    assert trusted.key == key
    assert trusted.valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert trusted.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert trusted.names == ["ben"]
    assert rules.digest == digest_of(text.encode())


def test_every_problem_of_form_is_told_with_its_line(tmp_path):
    text = """stages:
  - name: No Name
    approvers: 3
    autor_may_approve: true
    days: 0
  - approvers: 1
keyes: []
keys:
  - valid_from: yesterday
"""
    assert refused(written(tmp_path, text)) == [
        "2: name 'No Name' is no name for a stage. Use small letters, digits and dashes.",
        "3: approvers must be at most 2, not 3.",
        "4: 'autor_may_approve' is not a setting here. Did you mean author_may_approve? "
        "Use one of: name, approvers, author_may_approve, days, who, after.",
        "5: days must be at least 1, not 0.",
        "6: the setting 'name' is missing. Add `name: ...`.",
        "7: 'keyes' is not a setting here. Did you mean keys? Use one of: stages, keys.",
        "9: the setting 'key' is missing. Add `key: ...`.",
        "9: valid_from must be a time with its zone, such as 2026-01-01T00:00:00Z, "
        "not 'yesterday'.",
    ]


def test_every_problem_between_settings_is_told_with_its_line(tmp_path):
    text = """stages:
  - {name: prod, after: staging}
  - {name: prod}
  - {name: last, approvers: 2, who: [ann, ann]}
keys:
  - key: ed25519:AAAA
    valid_from: 2026-02-01T00:00:00Z
    valid_until: 2026-01-01T00:00:00Z
"""
    assert refused(written(tmp_path, text)) == [
        "2: 'staging' is no stage before 'prod'. Use one of: none.",
        "3: the stage 'prod' stands here a second time. Give it another name.",
        "4: 'last' asks for 2 approvers and names one. Name another.",
        "6: 'ed25519:AAAA' is no public key. "
        "Copy it from signing.pub: ed25519:..., or use ecdsa-p256:...",
        "8: the key would end before it begins. Swap the two.",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: the file holds no settings. Write `key: value` lines."),
        (b"stages: [", "2: this is not YAML: did not find expected node content. Mend the line."),
        (b"stages: []", "1: stages must name at least one, not []."),
        (b"stages: 3", "1: stages must be a list, not 3."),
        (b"stages: [prod]", "1: stages must be a mapping of `key: value` lines, not 'prod'."),
        (b"stages: [{name: prod, days: 1.5}]", "1: days must be a whole number, not 1.5."),
        (b"\xff", " the file is not UTF-8 text. Save it as UTF-8."),
        (
            b"stages: [{name: a}]\nstages: [{name: b}]",
            "2: 'stages' stands here a second time. Remove it or the one in line 1.",
        ),
    ],
)
def test_a_file_that_is_no_rules_is_told(tmp_path, content, told):
    file = tmp_path / "approvals.yaml"
    file.write_bytes(content)
    (message,) = refused(file)
    assert message == told


def test_a_file_that_was_named_has_to_be_there(tmp_path):
    assert refused(tmp_path / "gone.yaml") == [
        " the rules cannot be read: No such file or directory. Check the path."
    ]


def key_rules(workshop, **facts: str) -> str:
    key = KeyFiles(workshop.folder / "keys").key
    lines = "".join(f"\n    {name}: {value}" for name, value in facts.items())
    return f"stages: [{{name: local}}]\nkeys:\n  - key: {key}{lines}"


def refusals(workshop, version: int) -> list[str]:
    with pytest.raises(ApprovalError) as caught:
        workshop.approve(version)
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"valid_until": "2026-11-01T09:00:00Z"}, "expired on 2026-11-01T09:00:00+00:00"),
        ({"valid_from": "2026-11-01T09:00:01Z"}, "counts only from 2026-11-01T09:00:01+00:00 on"),
        ({"names": "[cat]"}, "may not sign decisions of ben"),
    ],
)
def test_a_key_that_does_not_count_signs_nothing(workshop, facts, told):
    workshop.register()
    workshop.rules_text = key_rules(workshop, **facts)
    short = KeyFiles(workshop.folder / "keys").key[:28]
    assert refusals(workshop, 1) == [
        f"{workshop.folder}/approvals.yaml: the decision cannot be signed: the key {short}… {told}."
        " Decide where a trusted key is, or let it be added to the rules' keys."
    ]
    assert not (workshop.folder / "ledger.db").exists()


def test_a_key_that_is_not_trusted_signs_nothing_and_its_entries_count_for_nothing(workshop):
    workshop.register()
    other = KeyFiles(workshop.folder / "other").key
    workshop.rules_text = f"stages: [{{name: local}}]\nkeys: [{{key: '{other}'}}]"
    assert "is not trusted" in refusals(workshop, 1)[0]
    workshop.rules_text = ""
    workshop.approve(1)
    workshop.rules_text = f"stages: [{{name: local}}]\nkeys: [{{key: '{other}'}}]"
    with pytest.raises(ApprovalError) as caught:
        workshop.approvals().verified("fraud", "local")
    short = KeyFiles(workshop.folder / "keys").key[:28]
    assert str(caught.value) == (
        f"{workshop.folder}/ledger.db: entry 1 of the ledger does not hold: the key {short}… is "
        "not trusted. Restore the ledger and the keys from a backup; no entry holds."
    )


def test_what_a_key_signed_before_it_expired_goes_on_to_count(workshop):
    workshop.register()
    workshop.rules_text = key_rules(workshop, valid_until="2026-11-02T00:00:00Z")
    workshop.approve(1)
    workshop.passes(days=30)
    assert workshop.approvals().verified("fraud", "local").version == 1
