"""Signatures of decisions: who can sign, and which keys are trusted."""
