"""Sandboxes on other machines. They make no verdicts of their own, so their code is no part of a key."""
