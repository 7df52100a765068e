"""Concepts, instructions and responses, drawn from a model."""
