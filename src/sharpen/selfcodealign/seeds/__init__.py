"""Seeds: documented functions of real code, filtered and free of near duplicates."""
