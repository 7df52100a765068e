"""Secrets and personal data in a text: known shapes, and strings too random to be words.

1. Keys and tokens whose form their issuer fixed, private keys, tokens in URLs.
2. A quoted value that is given to a name like ``password`` or ``api_key`` and is not a placeholder.
3. A quoted run of 24 letters and digits of mixed kinds, more than 4.2 bits each (Shannon): base64, not prose.
4. Addresses of electronic mail, unless at a domain that stands for any (example.com and its like).

Addresses of machines and telephone numbers are not looked for: in exercises they are made up.
"""

import math
import re
from collections import Counter

_ISSUED = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{50,}|\bxox[abprs]-[\w-]{10,}"
    r"|\bAIza[\w-]{35}|\bsk-[A-Za-z0-9_-]{32,}|\bhf_[A-Za-z]{30,}|\bglpat-[\w-]{20,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\b[a-z][a-z+]*://[^/\s:@'\"]+:[^/\s:@'\"]{6,}@"
)
_GIVEN = re.compile(
    r"(?:passw(?:or)?d|secret|api_?key|access_?key|auth_?token)\w*['\"]?\s*[=:]\s*['\"]([^'\"\s]{12,})['\"]",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"example|placeholder|your|test|dummy|secret|password|x{4}|\*{4}|1234|abcd|<", re.IGNORECASE
)
_QUOTED = re.compile(r"['\"]([A-Za-z0-9+/_=-]{24,})['\"]")
_LEAST_BITS = 4.2
_MAIL = re.compile(r"\b[\w.+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})\b")
_ANY_DOMAIN = re.compile(
    r"(?:^|\.)(?:example|test|domain|email|mail|gmail|company|foo|bar|site|server|sub|invalid|localhost|abc|xyz)\.",
    re.IGNORECASE,
)


def sensitive(text: str) -> str:
    """Return the kind of secret or personal data in ``text``; empty if there is none."""
    if _ISSUED.search(text):
        return "key or token"
    if any(
        not _PLACEHOLDER.search(value) and bits(value) > _LEAST_BITS - 1 for value in _GIVEN.findall(text)
    ):
        return "password"
    if any(_is_random(value) for value in _QUOTED.findall(text)):
        return "random string"
    if any(not _ANY_DOMAIN.search(domain) for domain in _MAIL.findall(text)):
        return "mail address"
    return ""


def bits(value: str) -> float:
    """Return the entropy of a text's characters, in bits a character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _is_random(value: str) -> bool:
    mixed = any(map(str.isupper, value)) and any(map(str.islower, value)) and any(map(str.isdigit, value))
    in_order = any(value[at : at + 8].isalpha() for at in range(len(value) - 7))  # words, or an alphabet
    return mixed and not in_order and bits(value) > _LEAST_BITS
