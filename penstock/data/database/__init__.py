"""Relational databases: opening them, and what they say as errors of ours."""
