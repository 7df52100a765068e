"""Other languages than Python: their toolchains, and how a program and its tests become one source."""
