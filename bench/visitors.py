"""Browsers that vote, each with its cookie and CSRF token."""

import asyncio
import re

from bench.load import build_request, read_response

COOKIE_PATTERN = re.compile(r"set-cookie: ((?:jamsite|csrftoken)=[^;]+)", re.IGNORECASE)


async def open_browser(port: int, page: str) -> tuple[str, str]:
    """Request the page of a jam; return the Cookie header and the CSRF token for further requests."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(build_request("GET", page))
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    writer.close()
    cookies = COOKIE_PATTERN.findall(head)
    return "; ".join(cookies), next(cookie.split("=", 1)[1] for cookie in cookies if cookie.startswith("csrf"))


async def open_browsers(port: int, page: str, count: int) -> list[tuple[str, str]]:
    """Open `count` browsers, ten at a time."""
    people: list[tuple[str, str]] = []
    while len(people) < count:
        people += await asyncio.gather(*(open_browser(port, page) for _ in range(min(10, count - len(people)))))
    return people


async def read_entries(port: int, page: str) -> list[int]:
    """Return the ids of the entries that the page of a jam shows."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(build_request("GET", f"{page}board/"))
    body = (await read_response(reader)).body
    writer.close()
    return [int(entry) for entry in re.findall(rb'id="heart-(\d+)"', body)]


def build_vote_requests(people: list[tuple[str, str]], page: str, entries: list[int]) -> list[bytes]:
    """Return the requests with which all these people vote for every entry, and then withdraw their votes."""
    return [
        build_request(method, f"{page}songs/{entry}/vote/", Cookie=cookies, X_CSRFToken=token, HX_Request="true")
        for method in ("PUT", "DELETE")
        for entry in entries
        for cookies, token in people
    ]
