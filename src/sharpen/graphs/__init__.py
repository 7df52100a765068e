"""Structured commonsense as graphs: one type, its formats, its metrics (CoCoGen, arXiv 2210.07128)."""
