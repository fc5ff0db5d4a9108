"""What `train` is made of; `load_model` is how everything else reads its result."""
