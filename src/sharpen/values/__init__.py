"""Plain values as text: exact, compact, safe to read from a hostile program."""
