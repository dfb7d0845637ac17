"""Nobody takes a name that looks like somebody else's; names in every script are still welcome."""

import pytest
from django.utils import timezone

from core.text import clean_text, fold_lookalikes, fold_text
from jams.models import Attendee
from jams.services.membership import NameTaken, join_as_musician
from jams.services.privacy import forget_attendee
from tests.builders import make_attendee, make_entry, make_jam, make_performance

NOW = timezone.now()
INVISIBLE = [
    "\u200c", "\u200d", "\u034f", "\ufe00", "\ufe0f", "\U000e0100", "\U000e0041", "\u206a", "\u206f", "\U0001d173",
    "\u180b", "\u180f", "\u17b4", "\u17b5",
]  # fmt: skip
TWINS = [
    ("Sam", "S\u0430m"),  # Cyrillic a
    ("Sam", "\u0405\u0430m"),  # Cyrillic dze
    ("SAM", "S\u0410M"),
    ("Hanna", "\u041danna"),  # Cyrillic en, whose small letter does not look like h
    ("Bob", "\u0412ob"),
    ("Nina", "\u039dina"),  # Greek nu, whose small letter looks like v
    ("Eva", "\u0395va"),
    ("Ian", "lan"),
    ("Olaf", "0laf"),
    ("Leo", "\u13deeo"),  # Cherokee
    ("Joe", "J\u03bfe"),  # Greek omicron
    ("Paul", "\U0001d5c9aul"),  # mathematical
    ("Carl", "\u216darl"),  # Roman numeral
    ("\u0420\u043e\u043c\u0430\u043d", "P\u043e\u043c\u0430\u043d"),  # a Cyrillic name with a Latin letter
]
PEOPLE = [
    *("Sam", "Sara", "Sandra", "Zoë", "Søren", "Łukasz", "Ian", "Ivan", "Nina", "Vina", "Eva", "Ena", "Björn"),
    *("\u0418\u0432\u0430\u043d", "\u0421\u0430\u0448\u0430", "\u0412\u043b\u0430\u0434\u0438\u043c\u0438\u0440"),
    *("\u041d\u0438\u043d\u0430", "\u0410\u043d\u043d\u0430", "\u039d\u03af\u03ba\u03bf\u03c2", "\u0395\u03cd\u03b1"),
    *("\u0645\u062d\u0645\u062f", "\u0639\u0644\u06cc", "\u0641\u0627\u0637\u0645\u0629", "\u05d3\u05d5\u05d3"),
    *("\u0e2a\u0e21\u0e0a\u0e32\u0e22", "\u0e2a\u0e21\u0e1e\u0e07\u0e29\u0e4c", "\u0930\u093e\u091c\u0947\u0936"),
    *("\u5f35\u5049", "\u5f20\u4f1f", "\u3055\u304f\u3089", "\u30bf\u30ed\u30a6", "\ubbfc\uc900", "\uc11c\uc5f0"),
    *(
        "\U0001f3b8",
        "\U0001f3b9\U0001f3b6",
        "\U0001f469\u200d\U0001f3a4",
        "\u2764\ufe0f",
        "\U0001f3f4\u200d\u2620\ufe0f",
    ),
]


@pytest.mark.parametrize("char", INVISIBLE, ids=lambda char: f"U+{ord(char):04X}")
def test_invisible_characters_make_no_other_name_and_are_not_shown(char: str) -> None:
    for twin in (f"Sam{char}", f"{char}Sam", f"S{char}am", f"S{char}{char}am"):
        assert (fold_text(twin), fold_lookalikes(twin), clean_text(twin)) == ("sam", fold_lookalikes("Sam"), "Sam")


@pytest.mark.parametrize(
    "name",
    [
        *("\U0001f469\u200d\U0001f3a4", "\u2764\ufe0f", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e007f"),
        *(
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u8fbb\U000e0100",
            "\u1820\u180b",
            "\u0915\u094d\u200d\u0937",
        ),
    ],
)
def test_characters_that_a_script_or_an_emoji_needs_stay(name: str) -> None:
    assert clean_text(name) == name


@pytest.mark.parametrize(("name", "twin"), TWINS, ids=[twin for _name, twin in TWINS])
def test_letters_that_look_the_same_make_no_other_name(name: str, twin: str) -> None:
    assert fold_lookalikes(name) == fold_lookalikes(twin)


@pytest.mark.django_db
@pytest.mark.parametrize("twin", ["S\u0430m", "\u0405am", "S\u200dam", "SAM", "s\u00e1m", "Sarn"])
def test_a_twin_of_a_name_is_refused(twin: str) -> None:
    jam = make_jam()
    make_attendee(jam=jam, name="Sam", browser="first")
    with pytest.raises(NameTaken) as refused:
        join_as_musician(jam=jam, attendee=make_attendee(jam=jam, browser="second"), name=twin, now=NOW)
    for free in refused.value.free:
        join_as_musician(jam=jam, attendee=make_attendee(jam=jam, browser=free), name=free, now=NOW)
    assert Attendee.objects.filter(jam=jam).exclude(name="").count() == 1 + len(refused.value.free)


@pytest.mark.django_db
def test_people_of_every_script_join_the_same_jam() -> None:
    jam = make_jam()
    for name in PEOPLE:
        join_as_musician(jam=jam, attendee=make_attendee(jam=jam, browser=name), name=name, now=NOW)
    assert set(Attendee.objects.values_list("name", flat=True)) == set(PEOPLE)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Musician 1", "Musician l", "\u041cusician 1"])
def test_no_name_taken_before_keeps_somebody_from_being_forgotten(name: str) -> None:
    played = make_entry(status="played", started_at=NOW, finished_at=NOW)
    make_attendee(jam=played.jam, name=name, browser="early")
    guest = make_attendee(jam=played.jam, name="Dana", browser="guest")
    make_performance(entry=played, attendee=guest)
    forget_attendee(jam=played.jam, attendee=guest, now=NOW)
    assert set(Attendee.objects.values_list("name", flat=True)) == {name, "Musician 2"}
