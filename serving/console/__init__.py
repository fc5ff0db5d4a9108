"""The approval console: candidates, their evidence, and the click."""
