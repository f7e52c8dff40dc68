"""What the names of one SELECT stand for in SQL: its object under an alias, and the joins that its paths need."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.objects.address import address_called, address_parts, part_name
from orderwright.objects.definition import Definition, Field
from orderwright.objects.expression import literal
from orderwright.soql.arguments import Arguments
from orderwright.soql.errors import QueryTooComplicated, UnknownField, nearest
from orderwright.soql.names import Names
from orderwright.soql.shards import shard_of_parent
from orderwright.soql.tree import Path

MOST_LEVELS, MOST_PARENTS, MOST_CHILDREN = 5, 55, 20
"""Source: understanding-relationship-query-limitations (documented)."""

NAME_FIELDS = ("Id", "Name", "Type")
"""What can be read over a reference to several objects without saying which (documented as the object Name)."""


@dataclass(frozen=True, slots=True)
class Key:
    """That a term is an id: of the record itself (`field` is None), or a reference of it."""

    definition: Definition
    alias: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a row in SQL."""

    sql: str
    type: str
    name: str
    at: int
    key: Key | None = None
    field: Field | None = None
    owner: Entity | None = None
    """The record it is a field of."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A record: the one selected, or one reached from it."""

    definition: Definition
    alias: str
    link: Field | None = None
    """The reference that led here; none to the record that is selected."""

    @property
    def id_sql(self) -> str:
        return f'{self.alias}."id"'


@dataclass(frozen=True, slots=True)
class Several:
    """A record that may belong to one of several objects."""

    field: Field
    reference_sql: str
    entities: tuple[Entity, ...]

    @property
    def type_sql(self) -> str:
        return self._by_type({e.definition.about.key_prefix: literal(e.definition.name) for e in self.entities})

    def name_sql(self, names: Names) -> str:
        """The SQL of the name; null where the caller may not read it."""
        shown = [e for e in self.entities if names.may_read(e.definition.name, e.definition.about.name_field)]
        return self._by_type({e.definition.about.key_prefix: _name_of(e) for e in shown})

    def _by_type(self, values: dict[str, str]) -> str:
        cases = " ".join(f"WHEN {literal(prefix)} THEN {sql}" for prefix, sql in values.items())
        return f"(CASE left({self.reference_sql}, 3) {cases} END)" if cases else "NULL::text"


def _name_of(entity: Entity) -> str:
    name = entity.definition.about.name_field
    field = entity.definition.by_wire_name.get(name.lower())
    return entity.definition.expression(field.name, entity.alias) if field is not None else entity.id_sql


class Statement:
    """What all SELECTs of one query share."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.arguments = Arguments()
        self.selective = False
        """Whether the record or what it hangs on is named by its id, so that few rows are looked at."""
        self._aliases = 0
        self._parents = 0
        self._children = 0

    def alias(self) -> str:
        """A table alias that is not taken."""
        self._aliases += 1
        return f"t{self._aliases - 1}"

    def count_parent(self, at: int) -> None:
        """Raises QueryTooComplicated for one relationship to a parent too many."""
        self._parents += 1
        if self._parents > MOST_PARENTS:
            raise QueryTooComplicated(f"a query follows at most {MOST_PARENTS} relationships to parents", at)

    def count_child(self, at: int) -> None:
        """Raises QueryTooComplicated for one relationship to children too many."""
        self._children += 1
        if self._children > MOST_CHILDREN:
            raise QueryTooComplicated(f"a query follows at most {MOST_CHILDREN} relationships to children", at)


class Scope:
    """The names of one SELECT."""

    def __init__(
        self,
        statement: Statement,
        definition: Definition,
        prefixes: dict[str, tuple[str, ...]],
        *,
        is_main: bool = False,
    ) -> None:
        self.statement = statement
        self.is_main = is_main
        self.names = statement.names
        self.root = Entity(definition, statement.alias())
        self._prefixes = prefixes
        """What a name at the start of a path stands for: aliases of FROM, in lower case."""
        self._joins: list[str] = []
        self._reached: dict[tuple[str, ...], Entity | Several] = {}

    @property
    def from_sql(self) -> str:
        """The tables, for FROM. Complete once all other parts are compiled."""
        return " ".join([f'"{self.root.definition.table}" {self.root.alias}', *self._joins])

    @property
    def not_deleted(self) -> list[str]:
        """The condition that leaves deleted records out, as a list of none or one."""
        return [] if self.names.all_rows else [f"NOT {self.root.alias}.is_deleted"]

    def inside(self, path: Path) -> tuple[str, ...]:
        """The names of a path, from the record that is selected on."""
        first = path.names[0].lower()
        if len(path.names) > 1:
            prefix = self._prefixes.get(first)
            if prefix is not None:
                return (*prefix, *path.names[1:])
            if first == self.root.definition.name.lower() and not self._follows(path.names[0]):
                return path.names[1:]
        return path.names

    def _follows(self, name: str) -> bool:
        return any((f.relationship or "").lower() == name.lower() for f in self.root.definition.by_wire_name.values())

    def term(self, path: Path) -> Term:
        """The value that a path leads to. Raises UnknownField."""
        *way, name = self.inside(path)
        return self.value(self.reach(tuple(way), path.at), name, path.at)

    def value(self, place: Entity | Several, name: str, at: int) -> Term:
        """A field of a record, or of one of several. Raises UnknownField or MissingRight."""
        if isinstance(place, Several):
            return self._value_of_several(place, name, at)
        definition = place.definition
        prefix = address_called(definition, name)
        if prefix is not None:
            self.names.need_address(definition, prefix)
            return Term(_address(definition, prefix, place.alias), "address", f"{prefix}Address", at, owner=place)
        if _is_type_of_owner(place, name):
            sql = f"(CASE WHEN {place.id_sql} IS NOT NULL THEN {literal(definition.name)} END)"
            return Term(sql, "string", "Type", at, owner=place)
        field = self.names.field(definition, name, at)
        key = Key(definition, place.alias, field if field.type == "reference" else None)
        return Term(
            definition.expression(field.name, place.alias),
            field.type,
            field.wire_name,
            at,
            key if field.type in ("id", "reference") else None,
            field,
            place,
        )

    def _value_of_several(self, place: Several, name: str, at: int) -> Term:
        wanted = name.lower()
        if wanted == "id":
            return Term(place.reference_sql, "reference", "Id", at)
        if wanted == "type":
            return Term(place.type_sql, "string", "Type", at)
        if wanted == "name":
            return Term(place.name_sql(self.names), "string", "Name", at)
        raise UnknownField(
            f"No such column '{name}' on entity 'Name'{nearest(name, NAME_FIELDS)}; "
            f"use TYPEOF {place.field.relationship} to read fields of one object",
            at,
        )

    def reach(self, way: tuple[str, ...], at: int) -> Entity | Several:
        """The record that relationships lead to. Raises UnknownField, or QueryTooComplicated for a way too long."""
        if not way:
            return self.root
        if len(way) > MOST_LEVELS:
            raise QueryTooComplicated(f"a path follows at most {MOST_LEVELS} relationships; this one {len(way)}", at)
        known = tuple(name.lower() for name in way)
        found = self._reached.get(known)
        if found is None:
            before = self.reach(way[:-1], at)
            if isinstance(before, Several):
                raise UnknownField(
                    f"{before.field.relationship} may name a record of {' or '.join(before.field.to)}, so it leads no "
                    "further; use TYPEOF",
                    at,
                )
            found = self._reached[known] = self._step(before, way[-1], at)
        return found

    def above(self, entity: Entity) -> Entity | None:
        """The record that `entity` hangs on, as an item on its order; None for a record that stands alone."""
        root = entity.definition.about.root
        field = entity.definition.stored[root] if root is not None else None
        target = self.names.known(field.to[0]) if field is not None else None
        if field is None or target is None or not self.names.may_read(target.name):
            return None
        known = (entity.alias, "its root")
        found = self._reached.get(known)
        if not isinstance(found, Entity):
            found = self._reached[known] = self._join(entity, field, target, 0)
        return found

    def _step(self, before: Entity, name: str, at: int) -> Entity | Several:
        field = self.names.relationship(before.definition, name, at)
        targets = [found for each in field.to if (found := self.names.known(each)) is not None]
        if len(field.to) > 1:
            reference = before.definition.expression(field.name, before.alias)
            shown = [target for target in targets if self.names.may_read(target.name)]
            return Several(field, reference, tuple(self._join(before, field, target, at) for target in shown))
        if not targets:
            raise UnknownField(
                f"Didn't understand relationship '{name}' in field path: there is no object {field.to[0]} here", at
            )
        self.names.need(targets[0].name)
        return self._join(before, field, targets[0], at)

    def _join(self, before: Entity, field: Field, target: Definition, at: int) -> Entity:
        self.statement.count_parent(at)
        alias = self.statement.alias()
        reference = before.definition.expression(field.name, before.alias)
        shard = shard_of_parent(before.definition, field, target, before.alias, reference)
        alive = "" if self.names.all_rows else f" AND NOT {alias}.is_deleted"
        self._joins.append(
            f'LEFT JOIN "{target.table}" {alias} ON {alias}.shard = {shard} AND {alias}."id" = {reference}{alive}'
        )
        return Entity(target, alias, field)


def _is_type_of_owner(place: Entity, name: str) -> bool:
    # an owner is a user here, and may be a group on the platform, where the type can be asked for
    has_own = "type" in place.definition.by_wire_name
    return name.lower() == "type" and place.link is not None and place.link.name == "owner_id" and not has_own


def _address(definition: Definition, prefix: str, alias: str) -> str:
    """A compound address as JSON; null when all its parts are."""
    stored = {part: f'{alias}."{field.name}"' for part, field in address_parts(definition, prefix) if field is not None}
    members = ", ".join(
        f"{literal(part_name(part))}, {stored.get(part, 'NULL')}" for part, _ in address_parts(definition, prefix)
    )
    return f"(CASE WHEN num_nonnulls({', '.join(stored.values())}) > 0 THEN json_build_object({members}) END)"
