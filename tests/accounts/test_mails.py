"""Sending mail to a real SMTP server, which takes it, refuses it for ever, or not for now."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from accounts.services.mails import send_mail
from jobs.queue import RetryLaterError


class SmtpHandler(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as one mail needs, and answers RCPT with the reply of its server."""

    server: "SmtpServer"

    def handle(self) -> None:
        self.say("220 ready")
        replies = {b"RCPT": self.server.reply, b"DATA": "354 go on", b"QUIT": "221 bye"}
        while line := self.rfile.readline():
            self.say(replies.get(line[:4].upper(), "250 ok"))
            if line[:4].upper() == b"DATA":
                self.take_mail()

    def take_mail(self) -> None:
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            self.server.taken += line
        self.say("250 taken")

    def say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    reply = "250 ok"
    taken = b""


@contextmanager
def serve(reply: str, settings: Settings) -> Iterator[SmtpServer]:
    with SmtpServer(("127.0.0.1", 0), SmtpHandler) as server:
        server.reply = reply
        settings.DEFAULT_FROM_EMAIL = "Jamsite <jams@example.org>"
        options = {"host": "127.0.0.1", "port": server.server_address[1], "timeout": 60}
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def send(to: str = "otis@example.org") -> bool:
    return send_mail(to=to, subject="Grüße", text="Set it here:\n\nhttps://jam.example/?key=1.a-b\n")


def test_mail_reaches_the_server(settings: Settings) -> None:
    with serve("250 ok", settings) as server:
        assert send()
        assert not send("fuß@example.org")
    assert all(part in server.taken for part in (b"jams@example.org", b"To: otis@example.org", b"?key=1.a-b"))


def test_address_that_the_server_refuses_is_given_up(settings: Settings) -> None:
    with serve("550 no such user", settings) as server:
        assert not send()
    assert server.taken == b""


def test_server_that_refuses_for_now_is_asked_again(settings: Settings) -> None:
    with serve("451 try later", settings), pytest.raises(RetryLaterError, match="at the moment") as refused:
        send()
    assert "otis" not in str(refused.value)
