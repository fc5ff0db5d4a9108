"""The use case fraud: settings, features and generator."""
