"""The meaning of a request to the prediction server: bodies in, scores out."""
