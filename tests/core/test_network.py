import ipaddress
import socket

import pytest
from django.http.request import validate_host

from core import network
from core.http.websocket_origin import is_same_origin


def test_the_address_for_phones_is_never_loopback():
    address = network.find_lan_address()
    assert address is None or not ipaddress.ip_address(address).is_loopback


@pytest.mark.parametrize(("own", "told"), [("192.168.1.20", "192.168.1.20"), ("127.0.0.1", None), ("0.0.0.0", None)])
def test_the_address_for_phones_is_the_one_that_leads_out(monkeypatch, own, told):
    monkeypatch.setattr(network, "find_source_address", lambda: own)
    assert network.find_lan_address() == told


def test_own_names_are_those_that_need_no_set_up():
    names = list(network.OwnHostnames())
    assert names[:3] == ["localhost", "127.0.0.1", "[::1]"]
    assert len(names) == len(set(names))
    assert None not in names


def test_a_machine_without_a_network_is_still_reached_on_itself(monkeypatch):
    monkeypatch.setattr(network, "find_source_address", lambda: None)
    monkeypatch.setattr(socket, "gethostname", lambda: "Stage-Pi")
    assert list(network.OwnHostnames()) == ["localhost", "127.0.0.1", "[::1]", "stage-pi", "stage-pi.local"]


def test_own_names_follow_the_machine_into_another_network(monkeypatch):
    """The QR code shows the current address; whoever scans it must be answered."""
    names = network.OwnHostnames()
    answers = []
    for address in ("192.168.1.20", "10.0.0.7"):
        monkeypatch.setattr(network, "find_source_address", lambda address=address: address)
        answers.append([validate_host(host, names) for host in ("192.168.1.20", "10.0.0.7", "evil.example")])
    assert answers == [[True, False, False], [False, True, False]]


def test_socket_is_accepted_at_the_new_address(monkeypatch, settings):
    settings.ALLOWED_HOSTS = network.OwnHostnames()
    monkeypatch.setattr(network, "find_source_address", lambda: "10.0.0.7")
    assert is_same_origin("http://10.0.0.7:8000", "10.0.0.7:8000")
    assert not is_same_origin("http://192.168.1.20:8000", "192.168.1.20:8000")
