import pytest

from core.client_ip import get_client_address, hash_client_networks


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, None, "192.0.2.1"),
        (0, "198.51.100.7", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "6.6.6.6, 7.7.7.7,198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "198.51.100.7, ", "192.0.2.1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_is_counted_from_the_right_past_the_trusted_proxies(rf, settings, proxies, forwarded, found):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert get_client_address(rf.get("/", headers=headers, REMOTE_ADDR="192.0.2.1")) == found


def test_a_request_over_a_unix_socket_has_no_address(rf):
    assert get_client_address(rf.get("/", REMOTE_ADDR="")) == ""


def networks(rf, address: str) -> dict[str, int]:
    return hash_client_networks(rf.get("/", REMOTE_ADDR=address))


def test_phones_in_one_ipv6_network_are_one_address(rf):
    assert networks(rf, "2001:db8::1") == networks(rf, "2001:db8::2:2:2") != networks(rf, "::1")


def test_a_home_with_many_ipv6_networks_shares_the_wider_ones(rf):
    first, second, other = (networks(rf, f"2001:db8:0:{number:x}::1") for number in (0, 1, 256))
    assert list(first.values()) == [1, 4, 16]
    assert [set(first) & set(network) for network in (second, other)] == [set(list(first)[1:]), set(list(first)[2:])]


def test_an_ipv4_address_is_one_network(rf):
    assert list(networks(rf, "192.0.2.1").values()) == [1]
    assert networks(rf, "192.0.2.1") != networks(rf, "192.0.2.2")


def test_a_key_hides_the_address_behind_our_secret(rf, settings):
    [key] = networks(rf, "192.0.2.1")
    settings.SECRET_KEY = "another"
    assert (len(key), key in networks(rf, "192.0.2.1")) == (64, False)
