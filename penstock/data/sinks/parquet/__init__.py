"""Folders of Parquet as sinks, committed by one manifest."""
