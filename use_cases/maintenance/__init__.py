"""The use case maintenance: settings, rows, features and generator."""
