"""The key of this machine: made once, private, and no byte of it changes unseen."""

import os
import stat
from pathlib import Path

import pytest

from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.verifying import exact_base64, holds, is_key
from penstock.errors import ApprovalError

RESTORE = "Restore the folder of keys from a backup."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    KeyFiles(tmp_path / "keys").sign(b"")
    return tmp_path / "keys"


def test_a_key_is_made_on_first_use_and_stays(tmp_path):
    keys = KeyFiles(tmp_path / "keys")
    assert keys.public() is None
    assert not (tmp_path / "keys").exists()
    signature = keys.sign(b"message")
    again = KeyFiles(tmp_path / "keys")
    assert again.key == keys.key
    assert holds(again.key, b"message", signature)
    assert not holds(again.key, b"massage", signature)
    assert again.sign(b"message") == signature


def test_only_its_owner_reads_the_private_key(folder):
    assert stat.S_IMODE((folder / "signing.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "signing.key").chmod(0o640)
    with pytest.raises(ApprovalError) as caught:
        KeyFiles(folder).sign(b"")
    assert str(caught.value) == (
        f"{folder}/signing.key: the signing key can be read by others than its owner. "
        f"Take their rights: chmod 600 {folder}/signing.key"
    )


@pytest.mark.parametrize("name", ["signing.key", "signing.pub"])
def test_every_changed_byte_of_a_key_is_told(folder, name):
    file = folder / name
    content = file.read_bytes()
    for place in range(len(content)):
        for bit in (0x01, 0x20, 0x80):
            file.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            with pytest.raises(ApprovalError):
                KeyFiles(folder).public()
    for other in (content + b"\n", content[:-1], b""):
        file.write_bytes(other)
        if name == "signing.pub" and not other:
            continue
        with pytest.raises(ApprovalError):
            KeyFiles(folder).public()


def test_a_key_of_another_pair_is_told(folder, tmp_path):
    KeyFiles(tmp_path / "other").sign(b"")
    (folder / "signing.pub").write_bytes((tmp_path / "other" / "signing.pub").read_bytes())
    with pytest.raises(ApprovalError) as caught:
        KeyFiles(folder).public()
    assert str(caught.value) == (
        f"{folder}/signing.key: the signing key does not belong to signing.pub: one of them was "
        f"altered. {RESTORE}"
    )


def test_the_public_key_alone_verifies_and_cannot_sign(folder):
    key = KeyFiles(folder).key
    (folder / "signing.key").unlink()
    assert KeyFiles(folder).public() == key
    with pytest.raises(ApprovalError) as caught:
        KeyFiles(folder).sign(b"")
    assert str(caught.value) == f"{folder}/signing.key: the signing key is missing. {RESTORE}"


def test_processes_that_start_at_once_share_one_key(tmp_path):
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            key = KeyFiles(tmp_path / "keys").key
            (tmp_path / f"{number}.txt").write_text(key)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    told = {file.read_text() for file in tmp_path.glob("*.txt")}
    assert told == {KeyFiles(tmp_path / "keys").key}
    assert sorted(each.name for each in (tmp_path / "keys").iterdir()) == [
        "signing.key",
        "signing.pub",
    ]


def test_base64_has_one_text_for_each_value():
    assert exact_base64("AA==") == b"\x00"
    assert [exact_base64(each) for each in ("AB==", "AA", "AA=\n=", "A-==", "ä")] == [None] * 5
    assert not is_key("ed25519:AA==")
    assert not is_key("rsa:AA==")
    assert not holds("nonsense", b"", b"")
