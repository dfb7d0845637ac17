from bench.night.summary import CPUShare, list_missed_goals, render_section, replace_section

TIMES = {"p50": 10, "p95": 20, "p99": 600, "max": 700}
HEARTS = {"name": "give a heart", "count": 3, "failures": 0, **TIMES}
NIGHT = {"figures": [HEARTS], "errors": [], "wrong": 0, "hearts": 3, "frames": 9, "shares": [CPUShare("nginx", 0.25)]}


def test_list_missed_goals_names_a_slow_response() -> None:
    assert list_missed_goals(NIGHT) == ["give a heart: p99 600 ms, wanted 500 ms"]
    assert list_missed_goals({**NIGHT, "figures": [{**HEARTS, "p99": 400}]}) == []


def test_list_missed_goals_names_failures_and_lost_hearts() -> None:
    night = {**NIGHT, "figures": [{**HEARTS, "p99": 1, "failures": 2}], "wrong": 1}
    assert list_missed_goals(night) == ["2 failures", "1 hearts differ from what was acknowledged"]


def test_replace_section_replaces_only_the_same_title() -> None:
    report = ""
    for title in ("100 people", "300 people", "100 people"):
        report = replace_section(report, render_section(NIGHT, title=title, circumstances="now"))
    assert [line for line in report.splitlines() if line.startswith("#")] == [
        "# What `make load` saw last",
        "## 100 people",
        "## 300 people",
    ]
    assert report.count("| give a heart | 3 | 0 | 10 | 20 | 600 | 700 | p99 500 |") == 2
