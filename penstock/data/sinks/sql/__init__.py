"""Tables of relational databases as sinks."""
