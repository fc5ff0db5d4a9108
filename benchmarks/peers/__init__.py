"""Peers in locked environments of their own."""
