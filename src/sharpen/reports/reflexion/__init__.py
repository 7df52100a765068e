"""The report of Reflexion and of searches over a model's own tests."""
