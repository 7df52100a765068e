"""Runs on a Ray cluster: the local sandbox on each node. Verdicts are the same, so it has no version."""
