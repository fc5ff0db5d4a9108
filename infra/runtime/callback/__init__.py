"""Answers the Callback steps of pipelines that wait for a file."""
