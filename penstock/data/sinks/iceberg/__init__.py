"""Decisions in a table of an Iceberg catalog."""
