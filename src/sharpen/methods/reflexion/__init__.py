"""Reflexion (arXiv 2303.11366) and the searches it is compared with."""
