"""Judging what others wrote: samples, graphs, recorded logs, a benchmark's own programs."""
