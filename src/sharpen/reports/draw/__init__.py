"""Charts and drawings as SVG, and highlighted listings."""
