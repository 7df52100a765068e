"""What servers' errors mean, in the words of many of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import ContextOverflowError, ModelUnavailableError
from sharpen.models.openai.endpoint import parse_endpoint
from sharpen.models.openai.errors import ServerError, kind_of, refusal, server_words

ENDPOINT = parse_endpoint("http://host:1/v1#m", {"SHARPEN_API_KEY": "sk-planted-secret"})


def said(status: int, message: str, **fields: object) -> ServerError:
    return ServerError(
        "reply", status, {"error": {"message": message, "type": "invalid_request_error"} | fields}
    )


OVERFLOWS = [
    # vLLM, of several years
    (
        "The decoder prompt (length 35247) is longer than the maximum model length of 1000. Make sure that "
        "`max_model_len` is no smaller than the number of text tokens."
    ),
    "The prompt (total length 9000) is too long to fit into the model (context length 8192).",
    "max_tokens must be at least 1, got -34.",
    (
        "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 "
        "tokens and your request has 1000 input tokens"
    ),
    (
        "You passed 9001 input tokens and requested 512 output tokens. However, the model's context length is only "
        "8192 tokens"
    ),
    # TGI
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens",
    "Input validation error: `inputs` must have less than 1024 tokens. Given: 1500",
    # SGLang
    "Input length (20000 tokens) exceeds the maximum allowed length (8191 tokens). Use a shorter input.",
    "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    "Requested token count exceeds the model's maximum context length of 8192 tokens.",
    # llama.cpp and around it
    "the request exceeds the available context size, try increasing it",
    "Context size has been exceeded.",
    "Requested tokens (2285) exceed context window of 2048",
    "The number of tokens to keep from the initial prompt is greater than the context length.",
    "the input length exceeds the context length",
    "Prompt length 5000 is greater than max_seq_len 4096",
    "Prompt is longer than the maximum position embeddings",
    "input length exceeds session_len",
    "Prompt length (5000) exceeds maximum input length (4096).",
    "Request prompt has 9000 tokens in total, larger than the model input length limit 4096",
    # services
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.",
    "prompt is too long: 200001 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "Unable to submit request because the input token count is 40000 but the model only supports up to 32768.",
    "too many tokens: total number of tokens in the prompt exceeds limit of 4096",
    "Input is too long for requested model.",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Please reduce the length of the messages or completion.",
    "Your request exceeded model token limit: 8192 (requested: 10000)",
    "Prompt exceeds max length",
    "Range of input length should be [1, 30720]",
    "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "prompt token count of 130000 exceeds the limit of 128000",
    "The prompt is too long: 9000, model maximum context length: 8191",
    "Current length is 9000 while limit is 8192. Please reduce the length of the messages.",
    "The prompt size exceeds the context window size and cannot be processed.",
    "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "context shift is disabled",
    "input is too large to process. increase the physical batch size",
    "Trying to keep the first 5000 tokens when context the overflows. The model is loaded with context length of 4096",
    "prompt too long; exceeded max context length by 904 tokens",
    "Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
    "Total tokens of image and text exceed max message tokens.",
    "Prompt 超长",
    "输入超过了模型的最大长度",
    "Model context limit reached (4096).",
]


@pytest.mark.parametrize("message", OVERFLOWS)
@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_prompt_that_does_not_fit_is_known_in_any_words(status, message):
    error = said(status, message)
    assert kind_of(error) == "overflow"
    assert isinstance(refusal(error, "overflow", ENDPOINT, "1 try", general=True), ContextOverflowError)


@pytest.mark.parametrize(
    "code",
    ["context_length_exceeded", "exceed_context_size_error", "ContextWindowExceededError", "prompt_too_long"],
)
@pytest.mark.parametrize("name", ["code", "type"])
def test_a_prompt_that_does_not_fit_is_known_by_its_code(code, name):
    assert kind_of(said(400, "no", **{name: code})) == "overflow"


def test_a_number_that_is_the_models_own_context_tells_where_words_do_not():
    error = said(400, "Bad request: 8192 is the most")
    assert kind_of(error) == "other"
    assert kind_of(error, context=8192) == "overflow"
    assert kind_of(error, context=4096) == "other"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (413, "Request Entity Too Large", "overflow"),
        (429, "Limit of 60 requests per minute exceeded, current 61", "busy"),
        (400, "The number of requests per minute exceeds the limit of 60", "busy"),
        (
            400,
            (
                "Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 7000, please "
                "reduce your message size and try again."
            ),
            "other",
        ),
        (400, "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", "parameter"),
        (
            400,
            "max_tokens is too large: 9000. This model supports at most 4096 completion tokens",
            "parameter",
        ),
        (400, "Invalid 'messages': list too short", "other"),
        (500, "The request exceeded the time limit", "failing"),
        (500, "CUDA out of memory", "failing"),
        (499, "client closed the request", "failing"),
        (400, "API key not valid. Please pass a valid API key.", "key"),
        (400, "Model Not Exist", "model"),
        (400, "x is not a valid model ID", "model"),
        (400, "The model `x` does not exist.", "model"),
        (
            400,
            "max_tokens=512 cannot be greater than max_model_len=4096. Request fewer output tokens.",
            "parameter",
        ),
    ],
)
def test_what_looks_like_it_and_is_not(status, message, kind):
    assert kind_of(said(status, message)) == kind


@pytest.mark.parametrize(
    ("status", "message", "fields"),
    [
        (402, "Insufficient credits. Add more", {"code": 402}),
        (402, "no", {}),
        (429, "You exceeded your current quota", {"code": "insufficient_quota"}),
        (400, "Your credit balance is too low to access the API.", {}),
        (403, "Insufficient balance", {}),
        (403, "Key limit exceeded (monthly limit)", {}),
        (400, "Billing hard limit has been reached", {"code": "billing_hard_limit_reached"}),
        (403, "Free tier quota exhausted; please upgrade", {}),
        (429, "余额不足或无可用资源包,请充值。", {"code": "1113"}),
    ],
)
def test_a_used_up_quota_ends_a_run(status, message, fields):
    error = said(status, message, **fields)
    assert kind_of(error) == "quota"
    assert isinstance(refusal(error, "quota", ENDPOINT, "1 try", general=False), ModelUnavailableError)


def test_a_quota_of_a_minute_is_waited_for():
    assert kind_of(said(429, "You exceeded your current quota. Please retry in 37s.")) == "busy"


@pytest.mark.parametrize(
    ("status", "message", "fields"),
    [
        (400, "The response was filtered due to the prompt triggering content management policy", {}),
        (400, "no", {"code": "content_filter"}),
        (403, "Your chosen model requires moderation and your input was flagged", {}),
        (400, "no", {"code": "data_inspection_failed"}),
        (400, "Content Exists Risk", {}),
        (400, "The guardrail intervened", {}),
        (400, "Request blocked by content safety policy", {}),
        (400, "系统检测到输入或生成内容可能包含不安全或敏感内容", {"code": "1301"}),
    ],
)
def test_a_filter_is_known(status, message, fields):
    assert kind_of(said(status, message, **fields)) == "filter"


@pytest.mark.parametrize(
    ("message", "fields", "options"),
    [
        ("Unsupported parameter: 'temperature'", {"param": "temperature"}, ["--temperature none"]),
        ("Unsupported value: only the default (1) value is supported", {"param": "top_p"}, ["--top-p none"]),
        (
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            {},
            ["--temperature none", "--top-p none"],
        ),
        ("body.seed: Extra inputs are not permitted", {}, ["--seed none"]),
        ("This model only support stream mode, please enable the stream parameter", {}, ["--server.stream"]),
        ("Unknown parameter: 'reasoning_effort'.", {}, ["--server.reasoning-effort"]),
        ("temperature must be in [0, 1]", {}, ["--temperature none"]),
        ("top_p must be in (0, 1], got 0.0", {}, ["--top-p none"]),
        ("Invalid value for 'temperature': expected 1", {"param": "temperature"}, ["--temperature none"]),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", {}, ["--max-tokens"]),
    ],
)
def test_a_refused_option_is_named_with_what_to_do(message, fields, options):
    error = said(400, message, **fields)
    assert kind_of(error) == "parameter"
    sentence = refusal(error, "parameter", ENDPOINT, "1 try", general=True)
    assert isinstance(sentence, ModelUnavailableError)
    assert all(option in str(sentence) for option in options)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["error", "message", "code", "type", "status", "param", "detail", "errors", "choices"]
    ) | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(status=st.sampled_from([0, 200, 302, 400, 401, 404, 429, 500, 503]), body=JSON)
def test_any_body_has_a_meaning_and_one_printable_line(status, body):
    error = ServerError("reply", status, body)
    sentence = str(refusal(error, kind_of(error, 8192), ENDPOINT, "1 try", general=True))
    assert sentence.isprintable()
    assert len(sentence) < 800
    sentence.encode("utf-8")


def test_a_server_that_repeats_the_key_does_not_get_it_into_a_message():
    error = said(401, "Incorrect API key provided: sk-planted-secret")
    assert "planted" not in str(refusal(error, "key", ENDPOINT, "1 try", general=True))


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[0m", "a\u2028b", "\ud83d", "\x00"])
def test_words_for_a_terminal_are_printable(text):
    words = server_words({"error": {"message": f"so {text} it is"}})
    assert words.isprintable() and words.isascii() is (text != "é")
