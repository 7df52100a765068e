"""Whether a response passes its tests, and whether the tests check anything."""
