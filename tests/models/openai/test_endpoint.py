import pytest

from sharpen.errors import UsageError
from sharpen.models.openai.endpoint import OPENAI_URL, parse_endpoint, refuse_secrets


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


@pytest.mark.parametrize(
    ("spec", "url", "query", "socket"),
    [
        (
            "https://r.openai.azure.com/openai/deployments/d?api-version=1#m",
            "/openai/deployments/d",
            "api-version=1",
            "",
        ),
        ("https://h/proxy/8000/v1/chat/completions?a=b#m", "/proxy/8000/v1", "a=b", ""),
        ("unix:/run/v.sock#m", "/v1", "", "/run/v.sock"),
        ("http+unix://%2Frun%2Fv.sock/x/v1#m", "/x/v1", "", "/run/v.sock"),
    ],
)
def test_addresses_with_more_than_a_host(spec, url, query, socket):
    endpoint = parse_endpoint(spec, {})
    assert endpoint.url.endswith(url)
    assert (endpoint.query, endpoint.socket, endpoint.model) == (query, socket, "m")


@pytest.mark.parametrize(
    "spec",
    [
        "http://user:planted@host/v1#m",
        "http://planted@host/v1#m",
        "http://user:planted@host:port/v1#m",
        "http://user:planted@[::1/v1#m",
        "http://host/v1?api_key=planted#m",
        "http://host/v1?token=planted&a=b#m",
        "http://a/v1,http://user:planted@b/v1#m",
    ],
)
def test_an_address_that_holds_a_secret_is_refused_without_it(spec):
    for read in (lambda: parse_endpoint(spec, {}), lambda: refuse_secrets(spec)):
        with pytest.raises(UsageError, match="holds a secret") as caught:
            read()
        assert "planted" not in str(caught.value)


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
