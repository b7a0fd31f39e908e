"""Secrets taken out of whatever the bot says, logs or commits: those it knows, and what looks like one."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from compiler.engine.scrub import HIDDEN, Scrubber

__all__ = ["HIDDEN", "Redactor", "knowing"]

# What has a mark of its own is found in the middle of a word too: around a token stands anything.
_SHAPES = (
    # Without its end a private key was cut off: what follows is taken for the rest of it.
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    r"(?:FwoGZXIvYXdz|FQoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9/+_=-]+",  # STS
    r"gh[opsur]_[A-Za-z0-9]{20,}(?:[._-][A-Za-z0-9_-]+)*",
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"xox[a-z][.-][A-Za-z0-9.-]{10,}",
    r"xapp-\d+-[A-Z0-9]+-\d+-[A-Za-z0-9]+",
    r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[A-Za-z0-9/_-]+",
    r"eyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",  # a JSON web token
    r"pul-[0-9a-f]{40}",
)
# What only its name tells for a secret: the name stays, the value goes.
_NAMED = (
    r"(?P<url>://[^\s/?#:@\"]*:)[^\s/?#\"]+(?=@)",
    r"(?P<header>authorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer|basic|token)\s+)[^\s\"',\\]+",
    r"(?P<query>X-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D))[^\s&\"'<>\\]+",
    r"(?P<aws>(?:secret_?access_?key|session_?token)\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\s\"',}\\]+",
    # What a shell or a workflow puts there is not there yet.
    r"(?P<set>(?:password|passwd|passphrase|mysql_pwd|token|secret)=)(?!\$[({])[^\s&\"',;\\]+",
    r"(?P<json>(?:password|passwd|passphrase|auth_token|client_secret)(?P<quote>\\?[\"'])\s*:\s*(?P=quote))"
    r"(?:(?!(?P=quote)).)+",
)
_SHAPE = re.compile("|".join(_SHAPES), re.DOTALL)
_NAME = tuple(re.compile(each, re.IGNORECASE) for each in _NAMED)
_KEY = re.compile(
    r"(?:.*[_-])?(?:password|passwd|passphrase|token|authorization|client_?secret|secret_?access_?key)|"
    r"sessiontoken",
    re.IGNORECASE,
)

_VARIABLE = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY|APP_KEY)$")
# A shorter value is one for trying, and a word of everyday texts.
_TOLD = 8

# The other half of an AWS key is forty characters without any mark.
_FORTY = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
# Bits a character: one random key in ten thousand has less; words and paths have about 4.
_RANDOM = 4.3

# A shorter text stands in base64 by chance.
_LONG = 12


class Redactor:
    """What it was told once it never lets through again; threads may tell it more at any time."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = Scrubber()
        for each in secrets:
            self.learn(each)

    def learn(self, secret: str) -> None:
        """Takes that text for a secret, also where it stands quoted, escaped, or within base64."""
        self._known.learn(secret)
        for each in _in_base64(secret):
            self._known.learn(each)

    def clean(self, text: str) -> str:
        """The text with `[secret]` where one was; cleaning it again changes nothing."""
        text = _SHAPE.sub(HIDDEN, self._known.clean(text))
        for name in _NAME:
            text = name.sub(rf"\1{HIDDEN}", text)
        return _FORTY.sub(lambda found: HIDDEN if _random(found[0]) else found[0], text)

    def clean_data(self, value: Any) -> Any:
        """A value of JSON with every text in it cleaned, keys included; a key can tell its text for a secret."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, Mapping):
            return {self.clean_data(key): self._under(key, each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean_data(each) for each in value]
        return value

    def _under(self, key: Any, value: Any) -> Any:
        told = isinstance(key, str) and isinstance(value, str) and value and _KEY.fullmatch(key)
        return HIDDEN if told else self.clean_data(value)


def knowing(environ: Mapping[str, str]) -> Redactor:
    """One that knows whatever in an environment its name tells for a secret."""
    named = (value for name, value in environ.items() if _VARIABLE.search(name))
    return Redactor(each for each in named if len(each) >= _TOLD)


def _random(text: str) -> bool:
    if not (re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text)):
        return False  # the digest of a commit
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(each * math.log2(each) for each in shares) >= _RANDOM


def _in_base64(secret: str) -> Iterator[str]:
    """What stays of it in base64, whatever stands before and after it."""
    data = secret.encode("utf-8", errors="surrogatepass")
    if len(data) < _LONG:
        return
    for before in range(3):
        # The first and the last characters hold bits of the neighbours.
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        text = base64.b64encode(b"\0" * before + data).decode()[first:last]
        yield text
        yield text.replace("+", "-").replace("/", "_")
