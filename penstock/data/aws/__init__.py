"""Clients of AWS services, and what their refusals mean."""
