"""What each structured task measures, one module a task, every figure as its authors define it."""
