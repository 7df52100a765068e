"""The viewer: runs in the browser while they grow, what a model was told, and people's feedback.

It reads journals and never locks a run. What people write is kept in a file of its own (:mod:`.study`).
"""
