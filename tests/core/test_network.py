import ipaddress
import socket

import pytest

from core import network


def test_the_address_for_phones_is_never_loopback():
    address = network.find_lan_address()
    assert address is None or not ipaddress.ip_address(address).is_loopback


@pytest.mark.parametrize(("own", "told"), [("192.168.1.20", "192.168.1.20"), ("127.0.0.1", None), ("0.0.0.0", None)])
def test_the_address_for_phones_is_the_one_that_leads_out(monkeypatch, own, told):
    monkeypatch.setattr(network, "find_source_address", lambda: own)
    assert network.find_lan_address() == told


def test_own_names_are_those_that_need_no_set_up():
    names = network.list_own_hostnames()
    assert names[:3] == ["localhost", "127.0.0.1", "[::1]"]
    assert len(names) == len(set(names))
    assert None not in names


def test_a_machine_without_a_network_is_still_reached_on_itself(monkeypatch):
    monkeypatch.setattr(network, "find_source_address", lambda: None)
    monkeypatch.setattr(socket, "gethostname", lambda: "Stage-Pi")
    assert network.list_own_hostnames() == ["localhost", "127.0.0.1", "[::1]", "stage-pi", "stage-pi.local"]
