"""One reader for each kind of body; each gives the model's columns as an Arrow table."""
