"""The Locust users of the night. `python -m bench.night` runs them and passes the settings in NIGHT, as JSON."""

import json
import os
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, between, events, task
from locust.contrib.fasthttp import FastResponse
from locust.env import Environment

from bench.night.phone import Phone

NIGHT = json.loads(os.environ["NIGHT"])  # code, page, out
HEARTS_PATTERN = re.compile(r'id="heart-(\d+)"')
SEEN_PATTERN = re.compile(r'ws-connect="[^"?]*\?seen=(\d*)')
STATIC_FILES_PATTERN = re.compile(r'(?:href|src)="(/static/[^"]+)"')
EXPECTED_STATUSES = (200, 204, 303, 409)  # 409: the part is taken or the song is on stage, which is not a failure
PARTS = ("vocals", "guitar", "bass", "drums", "keys")
WORDS = ("love", "night", "blue", "the", "rain", "dance", "soul", "home")

kept: Counter[int] = Counter()  # votes that the server acknowledged, minus those withdrawn, by song
frames = 0


@events.quitting.add_listener
def write_results(environment: Environment, **_: Any) -> None:
    """Write the results to the file that `bench.night` reads."""
    figures = [
        {
            "name": entry.name,
            "count": entry.num_requests,
            "failures": entry.num_failures,
            **{f"p{part}": entry.get_response_time_percentile(part / 100) for part in (50, 95, 99)},
            "max": entry.max_response_time,
        }
        for entry in environment.stats.entries.values()
    ]
    errors = [
        f"{error.occurrences} times {error.method} {error.name}: {error.error}"
        for error in environment.stats.errors.values()
    ]
    out = {"figures": figures, "errors": errors, "kept": kept, "frames": frames}
    Path(NIGHT["out"]).write_text(json.dumps(out))


class Guest(FastHttpUser):
    """A guest who scans the code, listens and votes."""

    weight = 9
    wait_time = between(3, 9)
    network_timeout = connection_timeout = 20.0

    def on_start(self) -> None:
        self.mine: set[int] = set()
        self.songs: list[int] = []
        page = self.get(f"/j/{NIGHT['code']}/", "scan the code, jam page")
        self.token = next((cookie.value for cookie in self.client.cookiejar if cookie.name == "csrftoken"), "")
        self.songs = [int(song) for song in HEARTS_PATTERN.findall(page)]
        for file in dict.fromkeys(STATIC_FILES_PATTERN.findall(page)):
            self.get(file, "a style or script of the page")
        self.phone = Phone(self.host or "", f"/ws{NIGHT['page']}", self.report)
        self.phone.open(name="open the socket", seen=found[1] if (found := SEEN_PATTERN.search(page)) else "")

    def on_stop(self) -> None:
        global frames  # noqa: PLW0603  (one process, one thread)
        frames += self.phone.frames
        self.phone.close()

    @task(12)
    def vote(self) -> None:
        if song := self.choose(set(self.songs) - self.mine):
            self.phone.tap(song)
            self.send_vote("PUT", song, "give a heart")

    @task(2)
    def withdraw_vote(self) -> None:
        if song := self.choose(self.mine):
            self.phone.tap(song)
            self.send_vote("DELETE", song, "take a heart back")

    @task(2)
    def lock_phone(self) -> None:
        self.phone.close()
        gevent.sleep(random.uniform(5, 20))
        self.phone.open(name="unlock: socket and whole board")

    @task(1)
    def look_at_a_song(self) -> None:
        if song := self.choose(set(self.songs)):
            self.get(f"{NIGHT['page']}songs/{song}/mine/", "look at a song")

    @task(1)
    def search(self) -> None:
        self.get(f"/search/?q={random.choice(WORDS)}", "search")

    def send_vote(self, method: str, song: int, name: str) -> None:
        answer = self.send(method, f"{NIGHT['page']}songs/{song}/vote/", name)
        if answer.status_code == 200:
            kept[song] += 1 if method == "PUT" else -1
            (self.mine.add if method == "PUT" else self.mine.discard)(song)
        else:
            self.phone.tapped.pop(song, None)

    def get(self, path: str, name: str) -> str:
        return self.send("GET", path, name).text or ""

    def send(self, method: str, path: str, name: str, /, **data: str) -> FastResponse:
        headers = {} if name.startswith("scan") else {"X-CSRFToken": self.token, "HX-Request": "true"}
        with self.client.request(
            method, path, name=name, headers=headers, data=data or None, catch_response=True
        ) as answer:
            if answer.status_code in EXPECTED_STATUSES:
                answer.success()
            else:
                answer.failure(f"answered {answer.status_code}")
        return answer

    def report(self, name: str, seconds: float, error: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type="WS", name=name, response_time=seconds * 1000, response_length=0, exception=error, context={}
        )

    def choose(self, songs: set[int]) -> int | None:
        return random.choice(sorted(songs)) if songs else None


class Musician(Guest):
    """A guest who also joins by name, signs up for songs and suggests some."""

    weight = 1

    def on_start(self) -> None:
        super().on_start()
        self.me = f"{random.choice(WORDS).title()} {random.randrange(10**6)}"
        self.post("me/join/", "join by name", name=self.me)

    @task(3)
    def sign_up(self) -> None:
        if song := self.choose(set(self.songs)):
            part = random.choice(PARTS)
            self.post(f"songs/{song}/sign-up/", "sign up for a part", part=part)
            gevent.sleep(random.uniform(2, 6))
            self.post(f"songs/{song}/withdraw/", "withdraw from it", part=part)

    @task(1)
    def suggest(self) -> None:
        self.get(f"{NIGHT['page']}suggest/?q={random.choice(WORDS)}", "look for a song to suggest")
        self.post(
            "suggest/", "suggest a song", title=f"{random.choice(WORDS)} {random.randrange(10**6)}", artist=self.me
        )

    @task(3)
    def look_at_my_songs(self) -> None:
        self.get(f"{NIGHT['page']}me/", "my songs, after a change")

    def post(self, address: str, name: str, /, **data: str) -> None:
        self.send("POST", f"{NIGHT['page']}{address}", name, **data)
