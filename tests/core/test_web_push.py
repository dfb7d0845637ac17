"""Messages to browsers: encrypted as RFC 8291 says, signed as RFC 8292 says, sent through the guard of all links."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from core import web_push
from core.network import find_free_port
from core.safe_http import UnreachableError
from core.web_push import Outcome, PushTarget, decode, encode, encrypt, get_public_key, is_valid_target, send_message
from tests.push import PushPhone, PushService, serve_push

# The example of RFC 8291, section 5.
EXAMPLE = PushTarget(
    endpoint="https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth="BTBZMqHH6r4Tts7J_aSIgg",
)
EXAMPLE_KEY, EXAMPLE_SALT = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "DGv6ra1nlYgDCS1FRnbzlw"
EXAMPLE_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with serve_push() as service:
        settings.FETCH_ALSO = [("127.0.0.1", service.port)]
        yield service


def send(service: PushService, phone: PushPhone | None = None) -> Outcome:
    return send_message((phone or PushPhone()).at(service.endpoint), {"body": "You're up"}, keep_seconds=600)


def test_message_is_encrypted_as_in_the_example_of_the_rfc() -> None:
    key = ec.derive_private_key(int.from_bytes(decode(EXAMPLE_KEY)), ec.SECP256R1())
    message = b"When I grow up, I want to be a watermelon"
    assert encode(encrypt(message, EXAMPLE, key=key, salt=decode(EXAMPLE_SALT))) == EXAMPLE_BODY


def test_phone_reads_what_was_sent_and_the_service_whose_it_is(service: PushService, settings: Any) -> None:
    settings.BASE_URL = "https://jam.example"
    phone = PushPhone()
    assert send(service, phone) is Outcome.ACCEPTED
    [(path, headers, body)] = service.got
    assert (path, phone.read(body)) == ("/push/one", {"body": "You're up"})
    assert (headers["TTL"], headers["Urgency"], headers["Content-Encoding"]) == ("600", "high", "aes128gcm")
    token, key = (part.split("=", 1)[1] for part in headers["Authorization"].removeprefix("vapid ").split(", "))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=f"http://127.0.0.1:{service.port}")
    assert (claims["sub"], key) == ("https://jam.example", get_public_key())


def test_key_of_the_site_follows_from_its_secret(settings: Any) -> None:
    settings.SECRET_KEY = "one"
    first = get_public_key()
    settings.SECRET_KEY = "other"
    other = get_public_key()
    settings.SECRET_KEY = "one"
    assert (get_public_key(), first == other) == (first, False)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED), (201, Outcome.ACCEPTED), (202, Outcome.ACCEPTED), (404, Outcome.GONE),
        (410, Outcome.GONE), (400, Outcome.REFUSED), (403, Outcome.REFUSED), (413, Outcome.REFUSED),
    ],
)  # fmt: skip
def test_answer_of_the_service_is_understood(service: PushService, status: int, outcome: Outcome) -> None:
    service.status = status
    assert send(service) is outcome


@pytest.mark.parametrize("status", [429, 500, 503])
def test_service_that_is_busy_is_tried_again(service: PushService, status: int) -> None:
    service.status = status
    with pytest.raises(UnreachableError):
        send(service)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(service: PushService, status: int, settings: Any) -> None:
    with serve_push() as inner:
        settings.FETCH_ALSO = [*settings.FETCH_ALSO, ("127.0.0.1", inner.port)]
        service.status, service.headers = status, {"Location": inner.endpoint}
        assert send(service) is Outcome.REFUSED
        assert (len(service.got), inner.got) == (1, [])


def test_service_inside_the_network_is_sent_nothing(service: PushService, settings: Any) -> None:
    settings.FETCH_ALSO = [("192.0.2.1", service.port)]  # so that its port alone does not save it
    assert send(service) is Outcome.GONE
    assert service.got == []


def test_service_that_never_answers_is_left(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_push, "SEND_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.FETCH_ALSO = [("127.0.0.1", port)]
        with pytest.raises(UnreachableError):
            send(PushService(port=port))


def test_service_that_answers_drop_by_drop_is_left(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_push, "SEND_SECONDS", 0.3)
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            client, _address = dripping.accept()
            with client, suppress(OSError):
                client.sendall(b"HTTP/1.1 201 Created\r\n")
                while not stopped.wait(0.05):
                    client.sendall(b"X: y\r\n")

        threading.Thread(target=drip, daemon=True).start()
        port = dripping.getsockname()[1]
        settings.FETCH_ALSO = [("127.0.0.1", port)]
        with pytest.raises(UnreachableError):
            send(PushService(port=port))
        stopped.set()


def test_nobody_there_is_tried_again(settings: Any) -> None:
    port = find_free_port()
    settings.FETCH_ALSO = [("127.0.0.1", port)]
    with pytest.raises(UnreachableError):
        send(PushService(port=port))


POINT, AUTH = EXAMPLE.p256dh, EXAMPLE.auth


@pytest.mark.parametrize(
    ("endpoint", "p256dh", "auth"),
    [
        ("http://push.example/1", POINT, AUTH), ("ftp://push.example/1", POINT, AUTH), ("", POINT, AUTH),
        ("https://[push/1", POINT, AUTH), ("https://push.example/1", POINT[:-4], AUTH),
        ("https://push.example/1", "", AUTH),
        ("https://push.example/1", "B" + "A" * 86, AUTH), ("https://push.example/1", "ä" * 87, AUTH),
        ("https://push.example/1", POINT, AUTH[:-4]), ("https://push.example/1", POINT, ""),
    ],
)  # fmt: skip
def test_what_no_browser_says_is_no_target(endpoint: str, p256dh: str, auth: str) -> None:
    assert not is_valid_target(PushTarget(endpoint, p256dh, auth))


def test_what_a_browser_says_is_a_target() -> None:
    assert is_valid_target(EXAMPLE)
