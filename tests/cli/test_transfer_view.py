"""How far a large file has come is shown on a terminal, and nowhere else."""

import pytest

from penstock.cli.transfer_view import open_transfer_view
from penstock.data.aws.transfers.movement import Moved

MIB = 1 << 20


def test_a_terminal_shows_one_line_that_is_gone_afterwards(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with open_transfer_view() as watch:
        assert watch is not None
        watch(Moved("rows.parquet", 3, 1_200, 48 * MIB, 19_200 * MIB))
        watch(Moved("rows.parquet", 4, 1_200, 64 * MIB, 19_200 * MIB))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "\r\x1b[Krows.parquet: 3 of 1,200 parts (48.0 of 19,200.0 MiB)"
        "\r\x1b[Krows.parquet: 4 of 1,200 parts (64.0 of 19,200.0 MiB)"
        "\r\x1b[K"
    )


@pytest.mark.parametrize(("terminal", "silent"), [(True, True), (False, False), (False, True)])
def test_who_reads_json_or_a_log_sees_nothing(
    terminal: bool,
    silent: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    with open_transfer_view(silent=silent) as watch:
        assert watch is None
    assert capsys.readouterr().err == ""
