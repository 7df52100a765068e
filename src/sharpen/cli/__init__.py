"""The command line: parses options, calls the functions of the package and prints what they return."""
