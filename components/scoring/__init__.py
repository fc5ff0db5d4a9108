"""Scores of rows out of a model, batch by batch."""
