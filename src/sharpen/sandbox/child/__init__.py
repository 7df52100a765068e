"""Runs in the zygote and in its forks: isolates and executes one program."""
