"""The addresses and host names of this machine on its network."""

import socket
from collections.abc import Iterator


def find_lan_address() -> str | None:
    """Return the address at which phones on the same network reach this machine, or None."""
    address = find_source_address()
    return None if address is None or address.startswith(("127.", "0.")) else address


def find_source_address() -> str | None:
    """Return the address from which this machine connects to others, or None without a network.

    Connecting a UDP socket sends nothing; it only asks the kernel which interface it would use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


class OwnHostnames(list[str]):
    """The names by which this machine is reached without any configuration: loopback, host name, current address.

    The address is looked up whenever the names are: a laptop that changes its Wi-Fi must answer at the address that its
    QR code shows.
    """

    def __init__(self) -> None:
        name = socket.gethostname().lower()
        super().__init__(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", name, f"{name}.local"]))

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        if address := find_lan_address():
            yield address


def find_free_port() -> int:
    """Return a port of the loopback interface that is free at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
