"""Who sits where when everybody can take some places and not others: a matching in a bipartite graph."""

from collections.abc import Collection, Iterable, Mapping


class Seating[Guest, Chair]:
    """Guests on chairs, each on one that they can take. It grows by augmenting paths (Kuhn's algorithm)."""

    def __init__(self, chairs: Mapping[Guest, Collection[Chair]]) -> None:
        self.chairs = chairs  # those that each guest can take, best first
        self.holders: dict[Chair, Guest] = {}

    @property
    def people(self) -> set[Guest]:
        return set(self.holders.values())

    def admit(self, guest: Guest) -> bool:
        """Give `guest` a chair, moving others if need be but sending nobody away; False if there is none."""
        return self._find_chair(guest, visited=set())

    def replace(self, guest: Guest, other: Guest) -> bool:
        """Send `guest` away and admit `other`; False, with nothing changed, if there is no chair for `other` then."""
        before = dict(self.holders)
        self.holders = {chair: holder for chair, holder in before.items() if holder != guest}
        if self.admit(other):
            return True
        self.holders = before
        return False

    def assign_main_instruments(self, order: Iterable[Guest]) -> dict[Chair, Guest]:
        """Give each guest, in this order, the best chair with which all the others still have one."""
        settled: set[Chair] = set()
        for guest in order:
            old = next(chair for chair, holder in self.holders.items() if holder == guest)
            for chair in self.chairs[guest]:
                if chair == old or (chair not in settled and self._move(guest, old, chair, settled)):
                    settled.add(chair)
                    break
        return self.holders

    def _move(self, guest: Guest, old: Chair, chair: Chair, settled: set[Chair]) -> bool:
        """Move `guest` to `chair`, and whoever sits there elsewhere; False, with nothing changed, if that fails."""
        before = dict(self.holders)
        other = self.holders.get(chair)
        del self.holders[old]
        self.holders[chair] = guest
        if other is None or self._find_chair(other, visited={*settled, chair}):
            return True
        self.holders = before
        return False

    def _find_chair(self, guest: Guest, visited: set[Chair]) -> bool:
        for chair in self.chairs[guest]:
            if chair in visited:
                continue
            visited.add(chair)
            if chair not in self.holders or self._find_chair(self.holders[chair], visited):
                self.holders[chair] = guest
                return True
        return False
