"""A small project to lower and to run."""
