"""Measurements beside the peers, one run each."""
