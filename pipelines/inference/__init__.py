"""The inference pipeline."""
