from collections.abc import Iterator

import pytest

from jams.models import Jam
from tests.servers import Server
from tests.visitors import Visit, Visitor


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Open the page of a jam on a server as one more person."""
    visitors: list[Visitor] = []

    def visit(server: Server, jam: Jam) -> Visitor:
        visitors.append(Visitor(server, jam))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.http.close()
