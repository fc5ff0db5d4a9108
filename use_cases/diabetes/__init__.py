"""The use case diabetes: settings, features and generator."""
