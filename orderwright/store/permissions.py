"""Permission sets: which rights they hold, and who has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from orderwright.decisions.rights import SYSTEM_ADMINISTRATOR
from orderwright.objects.account import PermissionSet, PermissionSetAssignment
from orderwright.objects.definition import Id
from orderwright.store.database import Database, Session
from orderwright.store.ids import shard_of
from orderwright.store.save import write

SHARD = 0
"""All permission sets lie together, so that no two can have one name."""

GRANTED = """
ARRAY(SELECT DISTINCT p.granted FROM permission_set_assignment a JOIN permission p USING (permission_set_id)
      WHERE a.shard = u.shard AND a.assignee_id = u.id AND NOT a.is_deleted)
"""
"""The rights of the row `u` of "user", in a statement that has it."""

SETS = """
SELECT s.id, s.name, s.label, s.description,
       ARRAY(SELECT granted FROM permission p WHERE p.permission_set_id = s.id ORDER BY granted) AS rights
FROM permission_set s WHERE s.shard = 0 AND NOT s.is_deleted AND ($1::text IS NULL OR lower(s.name) = lower($1))
ORDER BY s.id
"""
ADD_RIGHTS = "INSERT INTO permission (permission_set_id, granted) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING"
TAKE_RIGHTS = "DELETE FROM permission WHERE permission_set_id = $1 AND granted = ANY ($2)"
IS_ASSIGNED = """
SELECT 1 FROM permission_set_assignment
WHERE shard = $1 AND assignee_id = $2 AND permission_set_id = $3 AND NOT is_deleted
"""
TAKE_AWAY = """
UPDATE permission_set_assignment SET is_deleted = true, last_modified_date = $4, system_modstamp = $4
WHERE shard = $1 AND assignee_id = $2 AND permission_set_id = $3 AND NOT is_deleted
"""
IS_THERE_A_CLIENT = "SELECT EXISTS (SELECT 1 FROM oauth_client)"


class RightsOfSet(msgspec.Struct, frozen=True):
    """A permission set, with its rights as texts, by name."""

    id: Id
    name: str
    label: str
    description: str | None
    rights: tuple[str, ...]


class NoSuchSet(LookupError):
    """No permission set has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no permission set '{name}'; see `orderwright permission list`")


class SetExists(ValueError):
    """Another permission set has this name already."""


async def permission_sets(session: Session, name: str | None = None) -> list[RightsOfSet]:
    """All permission sets, or the one called `name` in any letter case."""
    rows = await session.fetch(SETS, name)
    return [RightsOfSet(r["id"], r["name"], r["label"], r["description"], tuple(r["rights"])) for r in rows]


async def permission_set(session: Session, name: str) -> RightsOfSet:
    """The permission set called `name`. Raises NoSuchSet."""
    found = await permission_sets(session, name)
    if not found:
        raise NoSuchSet(name)
    return found[0]


async def create_permission_set(
    database: Database, name: str, label: str, rights: Sequence[str], now: dt.datetime
) -> Id:
    """The id of a new permission set; `rights` are spelled as `read_right` returns them. Raises SetExists."""
    made = PermissionSet(
        id=database.ids.new_id(PermissionSet.ABOUT.key_prefix, SHARD),
        shard=SHARD,
        name=name,
        label=label,
        created_date=now,
        last_modified_date=now,
        system_modstamp=now,
    )
    async with database.main.acquire() as session, session.transaction():
        if await permission_sets(session, name):
            raise SetExists(f"there is a permission set '{name}' already; choose another name, or add rights to it")
        await write(session, SHARD, [made], [])
        await session.execute(ADD_RIGHTS, made.id, list(rights))
    return made.id


async def change_rights(database: Database, name: str, add: Sequence[str], take: Sequence[str]) -> RightsOfSet:
    """The permission set `name` after rights were added to it and taken from it. Raises NoSuchSet."""
    async with database.main.acquire() as session, session.transaction():
        found = await permission_set(session, name)
        await session.execute(ADD_RIGHTS, found.id, list(add))
        await session.execute(TAKE_RIGHTS, found.id, list(take))
        return await permission_set(session, name)


async def assign(database: Database, session: Session, user_id: Id, names: Sequence[str], now: dt.datetime) -> None:
    """Give the user the permission sets called `names`; having one already is no fault. Raises NoSuchSet."""
    shard = shard_of(user_id)
    for name in names:
        found = await permission_set(session, name)
        if not await session.fetchval(IS_ASSIGNED, shard, user_id, found.id):
            made = PermissionSetAssignment(
                id=database.ids.new_id(PermissionSetAssignment.ABOUT.key_prefix, shard),
                shard=shard,
                assignee_id=user_id,
                permission_set_id=found.id,
                created_date=now,
                last_modified_date=now,
                system_modstamp=now,
            )
            await write(session, shard, [made], [])


async def unassign(session: Session, user_id: Id, name: str, now: dt.datetime) -> bool:
    """Whether the user had the permission set called `name`, and has it no more. Raises NoSuchSet."""
    found = await permission_set(session, name)
    done = await session.execute(TAKE_AWAY, shard_of(user_id), user_id, found.id, now)
    return done != "UPDATE 0"


async def first_client_sets(session: Session) -> tuple[str, ...]:
    """What a client gets that is made without naming permission sets: the first one of an installation administers it,
    since somebody has to; every other one gets nothing.
    """
    return () if await session.fetchval(IS_THERE_A_CLIENT) else (SYSTEM_ADMINISTRATOR,)
