"""What the test rows say about each segment's model."""
