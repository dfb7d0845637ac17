import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_text, fold_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Hey\tJude \n", "Hey Jude"),
        ("Beyonce\u0301", "Beyoncé"),
        ("a\u202eb\u2066c\u200bd", "abcd"),
        ("nul\x00 bell\x07", "nul bell"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("half \ud800 pair", "half pair"),
        ("z" + "\u0301" * 1000, "ź" + "\u0301" * 3),
        ("soft\u00adly", "softly"),
        ("\u3164\u2800", ""),
        ("\u200d \ufe0f\u0301", ""),
    ],
)
def test_clean_keeps_what_can_be_read(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"), [("BEYONCÉ", "beyonce"), ("Straße", "STRASSE"), ("Sigur Rós", "sigur  ros"), ("ﬁne", "FINE")]
)
def test_fold_makes_spellings_of_one_name_equal(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text())
def test_folding_ignores_case_and_twice_changes_nothing_more(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)
