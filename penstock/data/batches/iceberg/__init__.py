"""Iceberg tables that grow by batches."""
