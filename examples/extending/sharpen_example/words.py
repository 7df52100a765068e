from sharpen import Answer, Problem, Results


def sums(path=None):
    """The benchmark ``sums``; ``path`` is what follows ``sums@``."""
    return [Problem.from_function("Write add(a, b), which returns the sum.", "assert add(1, 2) == 3")]


def fixed(word):
    """The model ``fixed:WORD``, which always returns ``WORD``."""

    async def answer(messages, sampling):
        return Answer(f"def add(a, b):\n    return {word}", prompt_tokens=1, completion_tokens=len(word))

    return answer


def lengths(run):
    """The export ``lengths``: one row for each program."""
    for row in Results(run).samples():
        yield {"problem": row["problem"], "length": len(row["program"])}
