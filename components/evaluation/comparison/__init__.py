"""A candidate held against the live model on the same test rows."""
