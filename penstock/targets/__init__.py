"""The targets: one folder each, with the same files."""
