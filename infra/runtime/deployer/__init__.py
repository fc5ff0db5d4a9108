"""Deploys an approved model: on trial before production, then into it; every door is tried."""
