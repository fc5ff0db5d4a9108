"""Starts pipelines when they are due."""
