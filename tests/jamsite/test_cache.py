import pytest
from django.core.cache import caches

from jamsite import cache

WHERE = {"depends_on": ("jam:x",), "seconds": 60}


@pytest.fixture(autouse=True)
def _healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_health", cache._Health())


def test_a_value_is_built_once_until_a_bump() -> None:
    built = iter("abc")
    seen = [cache.remember("key", build=lambda order: next(built), **WHERE) for _ in range(3)]
    cache.bump("jam:x")
    assert [*seen, cache.remember("key", build=lambda order: next(built), **WHERE)] == ["a", "a", "a", "b"]


def test_a_bump_of_another_name_forgets_nothing() -> None:
    built = iter("ab")
    cache.remember("key", build=lambda order: next(built), **WHERE)
    cache.bump("jam:y")
    assert cache.remember("key", build=lambda order: next(built), **WHERE) == "a"


def test_a_slow_reader_cannot_put_a_stale_value_back() -> None:
    rows = ["old"]

    def slow_build(order: int) -> str:
        read = rows[0]
        rows[0] = "new"  # somebody commits while we render,
        cache.bump("jam:x")  # and says so, before our value is stored
        return read

    assert cache.remember("key", build=slow_build, **WHERE) == "old"
    assert cache.remember("key", build=lambda order: rows[0], **WHERE) == "new"


def test_the_order_grows_with_every_bump() -> None:
    orders: list[int] = []
    for _ in range(3):
        cache.remember("key", build=lambda order: orders.append(order) or "value", **WHERE)
        cache.bump("jam:x")
    assert orders == sorted(set(orders))
    assert len(orders) == 3


def test_the_order_goes_on_above_after_the_cache_was_emptied() -> None:
    cache.bump("jam:x")
    before = cache.generations("jam:x")
    caches["default"].clear()
    after = cache.generations("jam:x")
    assert before is not None
    assert after is not None
    assert after > before


@pytest.fixture
def away(settings: object) -> None:
    """A cache at an address where nobody listens, as when Redis is down."""
    place = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": {**place, "OPTIONS": {"IGNORE_EXCEPTIONS": True}}}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("away")
def test_without_a_cache_every_value_is_built_and_has_no_order() -> None:
    built = iter("ab")
    orders: list[int] = []

    def build(order: int) -> str:
        orders.append(order)
        return next(built)

    assert [cache.remember("key", build=build, **WHERE) for _ in range(2)] == ["a", "b"]
    assert orders == [0, 0]


@pytest.mark.usefixtures("away")
def test_a_cache_that_is_away_is_told_of_once_and_then_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        cache.remember("key", build=lambda order: "value", **WHERE)
    assert cache.is_away()
    assert [record.getMessage() for record in caplog.records] == [
        "The cache is away; pages are made from the database."
    ]


def test_a_bump_that_was_missed_is_made_up_for_when_the_cache_is_back(
    settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = settings.CACHES  # type: ignore[attr-defined]
    built = iter("ab")
    cache.remember("key", build=lambda order: next(built), **WHERE)
    place = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": {**place, "OPTIONS": {"IGNORE_EXCEPTIONS": True}}}  # type: ignore[attr-defined]
    cache.bump("jam:x")
    settings.CACHES = here  # type: ignore[attr-defined]
    monkeypatch.setattr(cache._health, "resting_until", 0.0)
    assert cache.generations("jam:x") is None  # what it holds may be old: we owe it a bump
    cache._health._repay()
    assert cache.remember("key", build=lambda order: next(built), **WHERE) == "b"
