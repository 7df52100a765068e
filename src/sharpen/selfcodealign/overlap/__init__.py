"""Near duplicates, and copies of benchmark problems."""
