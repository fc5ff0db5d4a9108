"""Tables of an Iceberg catalog."""
