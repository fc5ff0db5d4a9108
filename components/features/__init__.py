"""From raw rows to features: the same for training, for inference and for single requests."""
