"""Sources and sinks, and the digests that name their content."""
