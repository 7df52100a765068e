"""The report of SelfCodeAlign."""
