"""The report of ``sharpen improve run``."""
