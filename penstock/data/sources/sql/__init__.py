"""Tables of relational databases as sources."""
