"""Releases: one content-addressed archive, built reproducibly and verified offline."""
