"""Asks every URL as everybody, and compares what is found with what is declared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from .access_table import DECLARED, NAMESPACES, QUERIES, SENT, WHO, Access, Declared

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""All but OPTIONS, which tells the others."""
NO = frozenset({"login", "401", "403", "404", "405"})
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)\??")


@dataclass(frozen=True)
class Endpoint:
    """One pattern of the URLconf: its full name, and its route with the names of arguments in angle brackets."""

    name: str
    route: str

    def path(self, arguments: dict[str, Any]) -> str:
        plain = _GROUP.sub(r"<\1>", self.route)
        plain = re.sub(r"[\^$]|/\?(?=$)", "", plain).replace("/?$", "")
        return "/" + _CONVERTER.sub(lambda found: str(arguments[found[1]]), plain)

    @property
    def declared(self) -> Declared | None:
        return DECLARED.get(self.name) or NAMESPACES.get(self.name.partition(":")[0] if ":" in self.name else "")


@dataclass(frozen=True)
class Finding:
    endpoint: Endpoint
    method: str
    expected: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def surprises(self) -> list[str]:
        return [
            f"{self.method} {self.endpoint.route} as {who}: {found}, not {expected}"
            for who, expected, found in zip(WHO, self.expected, self.found, strict=True)
            if found not in expected.split("|")
        ]


def endpoints() -> list[Endpoint]:
    """Every pattern, with its namespaces before its name."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, space: str) -> Iterator[Endpoint]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, route, inner)
        else:
            yield Endpoint(space + (pattern.name or "unnamed"), route)


def expected(declared: Declared, method: str) -> Access:
    """What each finds. A method that is not declared gives nobody more than those that are; HEAD may be missing."""
    reading, sending = declared.get, declared.post
    refused = "|".join(sorted(NO))
    if method == "HEAD" and reading is not None:
        return tuple(f"{found}|405" for found in reading)
    named = {"GET": reading, "POST": sending}.get(method)
    if named is not None:
        return named
    offered = [access for access in (reading, sending) if access is not None]
    lets_in = [method in ("PUT", "PATCH", "DELETE") and any("yes" in a[i] for a in offered) for i in range(len(WHO))]
    return tuple(f"{refused}|yes" if is_in else refused for is_in in lets_in)


def ask(path: str, method: str, cookies: str, sent: dict[str, Any]) -> str:
    """One request, with everything it changed in the database taken back."""
    client = Client(raise_request_exception=False)
    client.cookies = SimpleCookie(cookies)
    with transaction.atomic():
        answer = getattr(client, method.lower())(path, sent) if method == "POST" else client.generic(method, path)
        if answer.streaming:
            b"".join(answer)
        transaction.set_rollback(True)
    return outcome(answer.status_code, answer.headers.get("Location", ""))


def outcome(status: int, location: str) -> str:
    if status in (302, 303) and location.startswith(("/accounts/login/", "/admin/login/")):
        return "login"
    return str(status) if str(status) in NO or status >= 500 else "yes"


def findings(
    cookies: dict[str, str], arguments: dict[str, dict[str, Any]], methods: tuple[str, ...], names: list[Endpoint]
) -> Iterator[Finding]:
    """`cookies` by who; `arguments` of URLs by the endpoint's name, with "" for all others."""
    for endpoint in names:
        declared = endpoint.declared
        if declared is None:
            continue
        path = endpoint.path(arguments[""] | arguments.get(endpoint.name, {})) + QUERIES.get(endpoint.name, "")
        for method in methods:
            found = tuple(ask(path, method, cookies[who], SENT.get(endpoint.name, {})) for who in WHO)
            yield Finding(endpoint, method, expected(declared, method), found)


def table(found: list[Finding]) -> str:
    width = max(len(row.endpoint.route) for row in found) + 1
    head = f"{'':8}{'URL':{width}}" + "".join(f"{who:>10}" for who in WHO)
    rows = [
        f"{row.method:8}{row.endpoint.route:{width}}" + "".join(f"{found:>10}" for found in row.found) for row in found
    ]
    return "\n".join([head, *rows])
