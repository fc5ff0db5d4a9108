from tooling_fixtures import environment, world

__all__ = ["environment", "world"]
