"""Central registration: a candidate's bytes, re-hashed and signed for."""
