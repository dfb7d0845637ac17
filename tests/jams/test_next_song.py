from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from jams.selectors.next_song import LONG_WAIT, Candidate, LastSong, NextSong, score_candidate, suggest_next_song

NAMES = [f"Musician {number}" for number in range(6)]
songs = st.lists(
    st.builds(
        Candidate,
        entry_id=st.integers(1, 10_000),
        title=st.sampled_from(["Creep", "creep", "Valerie", "Zombie", "Ärger"]),
        votes=st.integers(0, 60),
        missing=st.sampled_from([(), (), ("bass",), ("bass", "drums")]),
        players=st.frozensets(st.sampled_from(NAMES), max_size=4),
        waited=st.integers(0, 20),
    ),
    unique_by=lambda song: song.entry_id,
    min_size=1,
    max_size=12,
)
lasts = st.builds(LastSong, players=st.frozensets(st.sampled_from(NAMES), max_size=4), on_stage=st.booleans())
turns = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6))


def chosen(candidates: list[Candidate], last: LastSong, had: dict[str, int]) -> Candidate:
    suggestion = suggest_next_song(candidates, last=last, turns=had)
    assert suggestion is not None
    return next(song for song in candidates if song.entry_id == suggestion.entry_id)


def night(candidates: list[Candidate]) -> list[Candidate]:
    """Play every song as it is suggested, to the last."""
    left, played, last = list(candidates), [], LastSong()
    had: Counter[str] = Counter()
    while left:
        song = chosen(left, last, had)
        played.append(song)
        last, had = LastSong(song.players, on_stage=True), had + Counter(song.players)
        left = [replace(other, waited=other.waited + 1) for other in left if other.entry_id != song.entry_id]
    return played


@given(songs, lasts, turns, st.randoms())
def test_next_song_does_not_depend_on_the_order_of_rows(candidates, last, had, random):
    shuffled = random.sample(candidates, len(candidates))
    assert suggest_next_song(shuffled, last=last, turns=had) == suggest_next_song(candidates, last=last, turns=had)


@given(songs, lasts, turns)
def test_next_song_prefers_a_ready_song(candidates, last, had):
    assert chosen(candidates, last, had).is_ready == any(song.is_ready for song in candidates)


@given(songs, lasts, turns)
def test_next_song_avoids_playing_twice_in_a_row(candidates, last, had):
    song = chosen(candidates, last, had)
    alternatives = [other for other in candidates if other.is_ready == song.is_ready]
    if not song.players.isdisjoint(last.players):
        assert [other for other in alternatives if other.players.isdisjoint(last.players)] == []


@given(songs)
def test_next_song_takes_all_ready_songs_first(candidates):
    ready = [song.is_ready for song in night(candidates)]
    assert ready == sorted(ready, reverse=True)
    assert len(ready) == len(candidates)


@given(songs, st.integers(0, 500))
def test_next_song_never_starves_a_ready_song(candidates, votes):
    """Newcomers by other people have all the votes; after LONG_WAIT songs only older ones go before it."""
    left = [*candidates, Candidate(0, "Unloved", players=frozenset(["Dana"]))]
    last, played = LastSong(), 0
    while (song := chosen(left, last, {})).entry_id != 0:
        played += 1
        last = LastSong(song.players, on_stage=True)
        left = [replace(other, waited=other.waited + 1) for other in left if other.entry_id != song.entry_id]
        left.append(Candidate(20_000 + played, "New", votes=votes, players=frozenset([f"Guest {played}"])))
    assert played <= LONG_WAIT + len(candidates)


@given(songs, lasts, turns)
def test_reasons_are_complete_phrases(candidates, last, had):
    suggestion = suggest_next_song(candidates, last=last, turns=had)
    assert suggestion is not None
    assert [reason for reason in suggestion.reasons if not reason or "%(" in reason] == []


def test_next_song_is_none_for_an_empty_queue():
    assert suggest_next_song([], last=LastSong(), turns={}) is None


def test_reasons_name_who_played_the_last_song():
    wanted = Candidate(1, "Creep", votes=12, players=frozenset(["Dana"]))
    other = Candidate(2, "Valerie", votes=9, players=frozenset(["Sam"]))
    assert suggest_next_song([wanted, other], last=LastSong(frozenset(["Dana"])), turns={}) == NextSong(
        2, "Valerie", ("ready", "9 votes", "Creep comes after Valerie: Dana played in the last song")
    )


def test_reasons_name_the_parts_the_favourite_needs():
    players = frozenset(["Dana"])
    candidates = [
        Candidate(1, "Creep", votes=12, missing=("bass", "drums"), players=players),
        Candidate(2, "Valerie", votes=1, players=players),
    ]
    suggestion = suggest_next_song(candidates, last=LastSong(), turns={})
    assert suggestion is not None
    assert suggestion.reasons == ("ready", "1 vote", "Creep comes after Valerie: it needs bass, drums")


def test_song_that_nobody_plays_comes_after_a_ready_one():
    candidates = [Candidate(1, "Creep", votes=12), Candidate(2, "Valerie", votes=1, players=frozenset(["Dana"]))]
    suggestion = suggest_next_song(candidates, last=LastSong(), turns={})
    assert suggestion is not None
    assert suggestion.reasons == ("ready", "1 vote", "Creep comes after Valerie: nobody has signed up for it")


def test_reasons_name_the_musician_with_most_turns():
    candidates = [
        Candidate(1, "Creep", votes=3, players=frozenset(["Dana"])),
        Candidate(2, "Valerie", votes=2, players=frozenset(["Otis"])),
    ]
    suggestion = suggest_next_song(candidates, last=LastSong(), turns={"Dana": 2})
    assert suggestion is not None
    assert suggestion.reasons[-1] == "Creep comes after Valerie: Dana has played 2 songs tonight"


def test_reasons_name_who_has_played_most_of_several_musicians():
    players = frozenset(["Dana", "Newcomer"])
    candidates = [
        Candidate(1, "Creep", votes=3, players=players),
        Candidate(2, "Valerie", votes=3, players=frozenset(["Otis"])),
    ]
    suggestion = suggest_next_song(candidates, last=LastSong(), turns={"Dana": 1})
    assert suggestion is not None
    assert suggestion.reasons[-1] == "Creep comes after Valerie: Dana has played 1 song tonight"


def test_musician_who_has_not_played_yet_costs_no_points():
    candidates = [
        Candidate(1, "Creep", votes=2, players=frozenset(["Dana"])),
        Candidate(2, "Valerie", votes=1, players=frozenset(["Otis"])),
    ]
    assert chosen(candidates, LastSong(), {}).title == "Creep"
    assert [score_candidate(candidates[0], turns) for turns in ({}, {"Dana": 1}, {"Dana": 2})] == [2, 0, -2]


def test_reasons_name_the_song_that_waited_longer():
    candidates = [Candidate(1, "Creep", votes=30), Candidate(2, "Valerie", waited=LONG_WAIT)]
    suggestion = suggest_next_song(candidates, last=LastSong(), turns={})
    assert suggestion is not None
    assert suggestion.reasons == (
        "nobody has signed up yet",
        "0 votes",
        "has been waiting for 12 songs",
        "Creep comes after Valerie: Valerie has waited longer",
    )
