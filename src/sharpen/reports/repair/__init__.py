"""The report of self-repair and of i.i.d. samples."""
