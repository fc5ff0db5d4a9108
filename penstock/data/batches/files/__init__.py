"""Folders of Parquet files that grow."""
