"""The object that a method gets: it records, limits, caches and runs programs."""
