from jams.codes import LENGTH, new_codes


def test_many_codes_at_once_are_all_different() -> None:
    codes = new_codes(3000)
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (3000, 3000, {LENGTH})
