"""The use case wine: settings, features and generator."""
