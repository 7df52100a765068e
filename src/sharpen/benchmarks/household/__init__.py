"""Household games in words: an engine for ALFWorld's games in pure Python, and the benchmarks that use it.

A game file holds a PDDL domain and problem and a grammar of texts. ``pddl`` reads the first two, ``facts``
and ``logic`` give them their meaning, ``grammar`` and ``text`` do the same for the texts, and ``engine`` puts
them together. ``benchmark`` loads games as problems, ``players`` play them without a model.
"""
