"""Which model serves each segment, told by a bundle's manifest as plain data."""

import json

from penstock.approval.segments import segment_digests


def test_each_segment_is_named_with_the_digest_of_the_model_that_serves_it(tmp_path):
    document = {
        "format": "penstock.bundle/1",
        "pooled": {"payload_sha256": "p"},
        "segments": {
            "own": {"served_by": "own", "model": {"payload_sha256": "a"}},
            "kept": {"served_by": "previous", "model": {"payload_sha256": "b"}},
            "thin": {"served_by": "pooled", "model": None},
            "lost": {"served_by": "none", "model": None},
        },
    }
    (tmp_path / "model.json").write_text(json.dumps(document))
    assert segment_digests(tmp_path) == {
        "own": "sha256:a",
        "kept": "sha256:b",
        "thin": "sha256:p",
        "lost": "none",
    }


def test_one_model_for_all_has_no_segments(tmp_path):
    assert segment_digests(tmp_path) == {}
    odd = '{"format": "penstock.bundle/1", "segments": {"a": 1}}'
    for text in ('{"format": "penstock.model/1"}', "[]", "no JSON", odd):
        (tmp_path / "model.json").write_text(text)
        assert segment_digests(tmp_path) == {}
