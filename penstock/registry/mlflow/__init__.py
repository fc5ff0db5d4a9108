"""MLflow as a model registry: embedded on SQLite, or a server."""
