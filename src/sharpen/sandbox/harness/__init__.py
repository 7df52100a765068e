"""Runs in the harness: queues programs and owns the judge processes."""
