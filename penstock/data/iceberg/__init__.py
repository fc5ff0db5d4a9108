"""Iceberg tables: catalogs, snapshots, live files, commits; shared by source, sink and store."""
