"""The textual formats of graphs; :mod:`sharpen.graphs.codec` names them all."""
