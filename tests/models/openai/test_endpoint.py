import pytest

from sharpen.errors import UsageError
from sharpen.models.openai.endpoint import OPENAI_URL, parse_endpoint


def test_openai_by_name():
    endpoint = parse_endpoint("openai:gpt-5-mini", {"OPENAI_API_KEY": "k"})
    assert (endpoint.url, endpoint.model, endpoint.key) == (OPENAI_URL, "gpt-5-mini", "k")
    assert endpoint.key_variable == "OPENAI_API_KEY"


def test_openai_elsewhere():
    environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://proxy.example/v1/"}
    assert parse_endpoint("openai:m", environ).url == "https://proxy.example/v1"


def test_an_address_with_a_name_that_has_slashes_and_colons():
    endpoint = parse_endpoint("http://gpu:8000/v1/#Qwen/Coder:0.5b", {})
    assert (endpoint.url, endpoint.model) == ("http://gpu:8000/v1", "Qwen/Coder:0.5b")


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({}, "none"),
        ({"OPENAI_API_KEY": "o"}, "none"),
        ({"OPENAI_API_KEY": "o", "SHARPEN_API_KEY": "s"}, "s"),
    ],
)
def test_an_address_takes_the_nearest_key(environ, key):
    assert parse_endpoint("http://gpu:8000/v1#m", environ).key == key


def test_a_key_is_never_shown():
    assert "hush" not in repr(parse_endpoint("openai:m", {"OPENAI_API_KEY": "hush"}))


@pytest.mark.parametrize(
    ("spec", "environ", "sentence"),
    [
        ("openai:", {"OPENAI_API_KEY": "k"}, "needs a model's name"),
        ("openai:m", {}, "set the variable OPENAI_API_KEY"),
        ("openai:m", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "gpu:80"}, "OPENAI_BASE_URL: gpu:80"),
        ("http://#m", {}, "not a server's address"),
        ("http://gpu:port/v1#m", {}, "not a server's address"),
        ("http://gpu:99999/v1#m", {}, "not a server's address"),
    ],
)
def test_what_cannot_be_meant(spec, environ, sentence):
    with pytest.raises(UsageError, match=sentence):
        parse_endpoint(spec, environ)
