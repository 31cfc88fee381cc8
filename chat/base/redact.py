"""Keep every key inside this program: take what is, or looks like, a secret out of text, and out of the
environment of other programs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote

#: What is shorter than this many characters is no secret: it would be found in any text.
SHORTEST = 8

#: Parts of the name of a header, or of a query's parameter, that carries what proves who asks.
SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|credential|signature", re.IGNORECASE)

#: How the keys begin that people have: OpenAI's and others', Hugging Face's, GitHub's, GitLab's, Groq's,
#: xAI's, Perplexity's, NVIDIA's, Replicate's, Slack's, Google's, AWS's; a signed token; what is sent.
_LIKE_A_KEY = re.compile(
    r"\b(?:sk|pk|rk)-[\w-]{8,}"
    r"|\b(?:hf_|gh[opsur]_|github_pat_|glpat-|gsk_|xai-|pplx-|nvapi-|r8_|npm_|pypi-|dckr_pat_|xox[a-z]-)[\w-]{16,}"
    r"|\b(?:AIza[\w-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}\b|ya29\.[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})"
    r"|\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?i:bearer)\s+[^\s\"']{8,}"
)
#: The password in an address; it may hold what an address can't.
_PASSWORD = re.compile(r"://[^\s/:@]*:(\S+)@")
#: What stands behind a name in a longer value: in headers, in JSON, in the options of a database.
_NAMED = re.compile(
    r"(?i)(?:key|token|secret|passwo?r?d|authorization)[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?([^\s\"',;&]{8,})"
)

#: Words of a variable's name that say that it holds a secret.
_SECRET_WORDS = {
    "KEYS",
    "PASS",
    "PW",
    "PWD",
    "CRED",
    "CREDS",
    "AUTH",
    "PAT",
    "BEARER",
    "JWT",
    "COOKIE",
    "SIGNATURE",
}
_SECRET_ENDS = (
    *("KEY", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWORDS", "PASSWD", "PASSPHRASE"),
    *("CREDENTIAL", "CREDENTIALS", "AUTHORIZATION"),
)
#: Words that say that it holds where something is, and those that say that it holds a hash or a name.
_OF_A_PLACE = {"FILE", "PATH", "DIR", "SOCK", "SOCKET", "HOME", "ASKPASS"}
_FOLDERS = {"PWD", "OLDPWD"}
_NO_SECRET_WORDS = {"SHA", "COMMIT", "HASH", "DIGEST", "ID", "UUID", "REVISION", "FINGERPRINT", "PATH"}


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """Find what may be a key in an environment: values that look like one by their variable's name or by
    themselves, and parts of other values that look like one."""
    return list(_secrets_in(tuple(environ.items())))


@lru_cache(maxsize=4)  # the store asks for them with each text
def _secrets_in(environ: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name, value in environ:
        if is_secret(name, value):
            found.update(dict.fromkeys((value.strip(), *_inside(value))))
    return tuple(each for each in found if each)


def is_secret(name: str, value: str) -> bool:
    """Tell whether a variable of the environment looks like a secret, by its name or by its value."""
    value = value.strip()
    if not value:
        return False
    words = [word.rstrip("0123456789") for word in re.split(r"[^A-Z0-9]+", name.upper())]
    of_a_place = words[-1] in _OF_A_PLACE or name.upper() in _FOLDERS or _is_path(value)
    if not of_a_place and any(word in _SECRET_WORDS or word.endswith(_SECRET_ENDS) for word in words):
        return True
    if next(_inside(value), ""):
        return True
    return not _NO_SECRET_WORDS.intersection(words) and not _is_path(value) and looks_random(value)


def without_secrets(
    environ: Mapping[str, str], but: Callable[[str], bool] = lambda name: False
) -> dict[str, str]:
    """Give the environment that another program gets: nothing that looks like a secret is in it, but
    the variables that it is meant to have."""
    return {name: value for name, value in environ.items() if but(name) or not is_secret(name, value)}


def _inside(value: str) -> Iterator[str]:
    """Find the parts of a value that look like a key, by how they begin, or as the password of an address."""
    for found in _LIKE_A_KEY.finditer(value):
        yield re.sub(r"(?i:bearer)\s+", "", found[0])
    for found in _NAMED.finditer(value):
        yield found[1]
    for found in _PASSWORD.finditer(value):
        yield found[1]
        yield unquote(found[1])


def _is_path(value: str) -> bool:
    return value[:1] == "/" and (value.count("/") > 2 or os.path.exists(value))


def looks_random(value: str) -> bool:
    """Tell whether a value is one word, long, in which nobody would read anything: keys without a
    beginning of their own are so, and hashes."""
    if not re.fullmatch(r"[A-Za-z0-9+/]{32,}={0,2}", value):
        return False
    kinds = [
        any(is_one(character) for character in value) for is_one in (str.isdigit, str.islower, str.isupper)
    ]
    return all(kinds) or re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", value) is not None


def _worth_hiding(secrets: Iterable[str]) -> list[str]:
    """Give the longest first: one that begins with another would leave its rest in the text."""
    return sorted((each for each in set(secrets) if len(each) >= SHORTEST), key=len, reverse=True)


def hide(text: str, secrets: Iterable[str]) -> str:
    """Take these secrets out of a text."""
    return hiding(secrets)(text)


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """Give what takes these secrets out of many texts."""
    wanted = _worth_hiding(secrets)

    def hidden(text: str) -> str:
        for secret in wanted:
            text = text.replace(secret, "[key]")
        return text

    return hidden


def spelt(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Give these secrets as they may stand among bytes: as they are, and as JSON writes them."""
    import json  # late: the prompt's history hides keys, too, and needs none of it

    found: dict[bytes, None] = {}
    for secret in _worth_hiding(secrets):
        quoted = [json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (True, False)]
        for text in (secret, *quoted, *(each.replace("/", "\\/") for each in quoted)):
            found[text.encode("utf-8", "surrogateescape")] = None
    return tuple(sorted(found, key=len, reverse=True))  # "/" may stand in "\\/"


def hide_bytes(data: bytes, spelt: Iterable[bytes]) -> bytes:
    """Take secrets, as they are `spelt`, out of bytes that may become shorter."""
    for secret in spelt:
        data = data.replace(secret, b"[key]")
    return data


def cover(data: bytes | bytearray, secrets: Iterable[str]) -> bytes | bytearray:
    """Cover secrets in bytes without changing their length, since the ends of their pieces are recorded by
    place. A long answer has megabytes: copy them only if a secret is there."""
    for secret in _worth_hiding(secrets):
        found = secret.encode("utf-8", "surrogateescape")
        if found in data:
            data = data.replace(found, b"[key]".ljust(len(found), b"*"))
    return data


def redact(text: str, key: str = "") -> str:
    """Take `key`, and anything that looks like a key, out of a text."""
    return _LIKE_A_KEY.sub("[key]", text.replace(key, "[key]") if key else text)
