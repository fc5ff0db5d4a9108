"""The evidence of a candidate: one canonical document and the files that it names."""
