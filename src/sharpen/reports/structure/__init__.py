"""The report of structured commonsense tasks."""
