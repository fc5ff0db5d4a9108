"""Figures that the README quotes, measured against peers and floors."""
