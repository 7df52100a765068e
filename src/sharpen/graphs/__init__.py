"""Structured commonsense as graphs: one type, its textual formats, its metrics (CoCoGen, arXiv 2210.07128)."""
