"""A model is loaded for scoring only if it is the one that was approved."""

from pathlib import Path

import pytest

from components.scoring.approved import check_approved
from penstock.data.digest import content_digest
from penstock.errors import ApprovalError


def test_other_bytes_than_the_approved_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    digest = content_digest(tmp_path)
    check_approved(tmp_path, digest, "fraud/3")
    check_approved(tmp_path, "", "fraud/3")
    (tmp_path / "model.json").write_text("[]")
    with pytest.raises(ApprovalError) as caught:
        check_approved(tmp_path, digest, "fraud/3")
    assert str(caught.value) == (
        f"fraud/3: the model has the digest {content_digest(tmp_path)}; {digest} was approved. "
        "See what changed it: pipeline models verify. Or roll back: pipeline models rollback."
    )
