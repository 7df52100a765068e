import pytest

from sharpen.models.openai.usage import UncountedError, read_usage


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}, (10, 0, 20)),
        ({"prompt_tokens": 10.0, "completion_tokens": 20.0}, (10, 0, 20)),
        ({"input_tokens": 10, "output_tokens": 20}, (10, 0, 20)),
        # one count follows from the total
        ({"prompt_tokens": 10, "total_tokens": 30}, (10, 0, 20)),
        ({"prompt_tokens": 10, "completion_tokens": None, "total_tokens": 30}, (10, 0, 20)),
        ({"completion_tokens": 20, "total_tokens": 30}, (10, 0, 20)),
        # reasoning counted apart, and within
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 20,
                "total_tokens": 530,
                "completion_tokens_details": {"reasoning_tokens": 500},
            },
            (10, 0, 520),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 530}, (10, 0, 520)),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 20,
                "completion_tokens_details": {"reasoning_tokens": 500},
            },
            (10, 0, 520),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 20,
                "total_tokens": 30,
                "completion_tokens_details": {"reasoning_tokens": 15},
            },
            (10, 0, 20),
        ),
        # cached tokens
        (
            {"prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 8}},
            (10, 8, 20),
        ),
        ({"prompt_tokens": 10, "completion_tokens": 20, "prompt_cache_hit_tokens": 8}, (10, 8, 20)),
        ({"input_tokens": 2, "output_tokens": 20, "cache_read_input_tokens": 8}, (10, 8, 20)),
        ({"input_tokens": 50, "output_tokens": 20, "cache_read_input_tokens": 8}, (58, 8, 20)),
        (
            {
                "input_tokens": 2,
                "output_tokens": 20,
                "cache_read_input_tokens": 8,
                "cache_creation_input_tokens": 100,
            },
            (110, 8, 20),
        ),
        (
            {"input_tokens": 10, "output_tokens": 20, "input_tokens_details": {"cached_tokens": 8}},
            (10, 8, 20),
        ),
        ({"prompt_tokens": 2, "completion_tokens": 20, "total_tokens": 30, "cached_tokens": 8}, (10, 8, 20)),
        ({"prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": "?"}, (10, 0, 20)),
        # a total that is not a total
        ({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 0}, (10, 0, 20)),
    ],
)
def test_counts(usage, counted):
    result = read_usage(usage, "text")
    assert (result.prompt, result.cached, result.completion) == counted


@pytest.mark.parametrize(
    "usage",
    [
        None,
        7,
        {},
        {"prompt_tokens": 10},
        {"total_tokens": 30},
        {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        {"prompt_tokens": 10, "completion_tokens": 0},
        {"prompt_tokens": 10, "completion_tokens": -1},
        {"prompt_tokens": 40, "completion_tokens": None, "total_tokens": 30},
        {"prompt_tokens": 10, "completion_tokens": 1.5},
        {"prompt_tokens": 10, "completion_tokens": True},
        {"prompt_tokens": 10, "completion_tokens": "20"},
        {"prompt_tokens": 10, "completion_tokens": float("inf")},
        {"prompt_tokens": 10, "completion_tokens": float("nan")},
        {"prompt_tokens": 10, "completion_tokens": 10**30},
    ],
)
def test_counts_that_cannot_be_true_beside_a_text_are_refused(usage):
    with pytest.raises(UncountedError):
        read_usage(usage, "text")


def test_an_empty_answer_may_have_no_tokens():
    assert read_usage({"prompt_tokens": 10, "completion_tokens": 0}, "").completion == 0
