"""The cheats of `make cheat` do vote, unless a room code stops them."""

import pytest

from tests.servers import Server
from tools import cheat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
LEAVES_NO_VOTE = (cheat.remove_me,)


@pytest.mark.parametrize("attack", [*cheat.ATTACKS.values(), cheat.insider], ids=lambda attack: attack.__name__)
def test_cheat_gets_votes_only_without_a_code_that_it_lacks(server: Server, attack: cheat.Attack) -> None:
    server.expect("Forbidden: ")  # who lacks the code is told so
    votes = {
        with_code: cheat.play(server.url, attack, network=1, seconds=0, with_code=with_code)[1] > 0
        for with_code in (False, True)
    }
    assert votes == {False: attack not in LEAVES_NO_VOTE, True: attack is cheat.insider}
