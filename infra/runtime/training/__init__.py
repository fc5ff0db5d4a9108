"""Training in dev, as a step of the delivery."""
