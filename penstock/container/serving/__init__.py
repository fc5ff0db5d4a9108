"""The prediction server of the container: HTTP in, a predictor's answers out."""
