"""Runs in a judge process: holds the tests, asks the program and computes the verdict."""
