"""The body of a request to an OpenAI-compatible server."""

import json

from sharpen.types import Prompt, Sampling


def request_body(
    model: str, prompt: Prompt, sampling: Sampling, index: int, cap: str, *, stream: bool = False
) -> dict[str, object]:
    """Return the request for sample ``index``; ``cap`` is the server's word for the token limit."""
    body: dict[str, object] = {"model": model, cap: sampling.max_tokens}
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.top_p is not None:
        body["top_p"] = sampling.top_p
    if sampling.seed is not None:
        body["seed"] = sampling.request_seed(index)
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.grammar:  # llama.cpp's word and vLLM's
        body |= {"grammar": sampling.grammar, "structured_outputs": {"grammar": sampling.grammar}}
    if sampling.fields:
        body |= json.loads(sampling.fields)
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if isinstance(prompt, str):
        return body | {"prompt": prompt}
    return body | {"messages": [{"role": message.role, "content": message.content} for message in prompt]}
