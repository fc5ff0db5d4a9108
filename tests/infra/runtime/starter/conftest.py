from workload_fixtures import make, moto, prod, seal, world

__all__ = ["make", "moto", "prod", "seal", "world"]
