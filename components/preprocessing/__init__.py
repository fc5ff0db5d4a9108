"""The parts of the preprocess component."""
