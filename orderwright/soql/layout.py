"""The columns of a row under construction, and the shape that turns it into JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from orderwright.soql.errors import UnknownField
from orderwright.soql.scope import Entity, Scope, Several, Term
from orderwright.soql.shape import Branch, Children, Leaf, Member, Parent, Record, Show
from orderwright.soql.shown import show_of, value_sql
from orderwright.soql.tree import Path

WIDEST = 90
"""How many values PostgreSQL is asked to put in one list: it takes a hundred."""


@dataclass(slots=True)
class _Draft:
    """A record that is referred to, while its members are still being found."""

    name: str
    id_at: int
    type: str | None
    members: dict[str, _Draft | Leaf | Children | Parent] = field(default_factory=dict)

    def done(self) -> Parent:
        return Parent(self.name, self.id_at, self.type, _done(self.members))


def _done(members: dict[str, _Draft | Leaf | Children | Parent]) -> tuple[Member, ...]:
    return tuple(each.done() if isinstance(each, _Draft) else each for each in members.values())


class Layout:
    """What the rows of one SELECT hold."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._columns: list[str] = []
        self._places: dict[str, int] = {}
        self._members: dict[str, _Draft | Leaf | Children | Parent] = {}

    def column(self, sql: str) -> int:
        """The place of a value in the row; the same value has one place."""
        found = self._places.get(sql)
        if found is None:
            found = self._places[sql] = len(self._columns)
            self._columns.append(sql)
        return found

    def path(self, path: Path) -> None:
        """Add the field that a path leads to, inside the records on the way. Raises UnknownField."""
        *way, name = self._scope.inside(path)
        place = self._scope.reach(tuple(way), path.at)
        self.term(self._scope.value(place, name, path.at), tuple(way), path.at)

    def term(self, term: Term, way: tuple[str, ...], at: int) -> None:
        """Add a field of the record that `way` leads to."""
        self.add(term.name, value_sql(term.type, term.sql), show_of(term.type), at, self._inside(way, at))

    def add(
        self,
        name: str,
        sql: str,
        show: Show | None,
        at: int,
        members: dict[str, _Draft | Leaf | Children | Parent] | None = None,
    ) -> None:
        """Add a value under a name. Raises UnknownField when there is one of that name."""
        members = self._members if members is None else members
        if name.lower() in members:
            raise UnknownField(f"duplicate field selected: {name}", at)
        members[name.lower()] = Leaf(name, self.column(sql), show)

    def children(self, name: str, sql: str, record: Record, at: int) -> None:
        """Add the records that refer to this one. Raises UnknownField when they are there already."""
        if name.lower() in self._members:
            raise UnknownField(f"duplicate field selected: {name}", at)
        self._members[name.lower()] = Children(name, self.column(sql), record)

    def choice(self, several: Several, branches: tuple[tuple[str | None, tuple[Term, ...]], ...], at: int) -> None:
        """Add a record that is shown according to its object. Raises UnknownField when it is there already."""
        name = several.field.relationship or ""
        if name.lower() in self._members:
            raise UnknownField(f"duplicate field selected: {name}", at)
        done = tuple(Branch(prefix, self._leaves(terms)) for prefix, terms in branches)
        self._members[name.lower()] = Parent(name, self.column(several.reference_sql), None, (), done)

    def _leaves(self, terms: tuple[Term, ...]) -> tuple[Leaf, ...]:
        return tuple(Leaf(t.name, self.column(value_sql(t.type, t.sql)), show_of(t.type)) for t in terms)

    def _inside(self, way: tuple[str, ...], at: int) -> dict[str, _Draft | Leaf | Children | Parent]:
        members = self._members
        for depth in range(1, len(way) + 1):
            draft = self._draft(self._scope.reach(way[:depth], at))
            found = members.setdefault(draft.name.lower(), draft)
            if not isinstance(found, _Draft):
                raise UnknownField(f"duplicate field selected: {draft.name}", at)
            members = found.members
        return members

    def _draft(self, place: Entity | Several) -> _Draft:
        if isinstance(place, Several):
            return _Draft(place.field.relationship or "", self.column(place.reference_sql), "Name")
        name = place.link.relationship if place.link is not None else None
        return _Draft(name or "", self.column(place.id_sql), place.definition.name)

    def record(self, type_: str, id_at: int | None) -> Record:
        """The shape of what was added."""
        return Record(type_, id_at, _done(self._members), len(self._columns) > WIDEST)

    @property
    def row_sql(self) -> str:
        """The SQL of one row as JSON."""
        parts = [self._columns[start : start + WIDEST] for start in range(0, len(self._columns), WIDEST)]
        lists = [f"json_build_array({', '.join(part)})" for part in parts]
        return lists[0] if len(lists) == 1 else f"json_build_array({', '.join(lists)})"
