"""Choosing rows for the data set, its figures and its card."""
