"""Reading, writing and downloading files."""
