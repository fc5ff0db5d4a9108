"""Tables of relational databases that grow."""
