"""The pipelines: one folder each, wiring only."""
