"""What should not be in a data set is found; what exercises are full of is not."""

import pytest

from sharpen.selfcodealign.validate.sensitive import bits, sensitive


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key = 'AKIAIOSFODNN7ABCDEFG'", "key or token"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "key or token"),
        (f"push with ghp_{'aB3' * 12}", "key or token"),
        ("url = 'postgres://admin:hunter42x@db.internal/x'", "key or token"),
        ("password = 'kX9#mQ2$vLp7wZ'", "password"),
        ('{"api_key": "9f8e7d6c5b4a39281706"}', "password"),
        ("blob = 'q7Zp0XfK2mW9vT4sR8yB1nC6dL3h'", "random string"),
        ("mail jane.roe@stanford.edu", "mail address"),
    ],
)
def test_secrets_and_personal_data_are_found(text: str, kind: str) -> None:
    assert sensitive(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x",
        "assert is_valid('user@example.com') and not is_valid('user@domain')",
        "password = 'your_password_here'",
        "validate(password='Passw0rd1234')",
        "alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'",
        "name = 'a_long_identifier_of_a_function_2'",
        "digest = '5d41402abc4b2a76b9719d911017c592'",
        "url = 'https://example.org/path@here'",
        "assert ip == '192.168.0.1'",
    ],
)
def test_what_exercises_hold_is_left_alone(text: str) -> None:
    assert sensitive(text) == ""


def test_entropy_is_in_bits_a_character() -> None:
    assert bits("aaaa") == 0
    assert bits("abcd") == 2
