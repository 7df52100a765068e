"""Reports of runs: a table in the terminal and one self-contained HTML file, both read from journals."""
