"""Local weights in PyTorch, many answers in a step: for bulk work on a CPU."""

PREFIX = "torch:"
"""What a user types before a local model's name for this engine."""
