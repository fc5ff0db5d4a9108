"""One folder a use case: its settings, its feature SQL, its generator."""
