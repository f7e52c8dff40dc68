"""What all bulk jobs have in common: who may make and see them, and what they are told apart by."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from orderwright.decisions.errors import InvalidInput, Refusal, RequiredFieldMissing, named
from orderwright.decisions.map_bulk_columns import key_field
from orderwright.decisions.read_bulk import DELIMITERS, LINE_ENDINGS
from orderwright.objects.definition import Definition, Id
from orderwright.objects.identity import to_15
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.sobjects.names import object_called
from orderwright.store.bulk_jobs import JOB_PREFIX, Job, read_job

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
QUERIES = ("query", "queryAll")
RIGHTS = {"insert": ("Create",), "update": ("Edit",), "upsert": ("Create", "Edit"), "delete": ("Delete",)}
MOST_UPLOADED_BYTES = 150_000_000
"""Of one job (documented)."""


class InvalidJob(Refusal):
    """A bulk job that cannot be made so, or to which this cannot be added."""

    code = "INVALIDJOB"


class InvalidJobState(Refusal):
    """A bulk job that is in another state than is needed for what was asked."""

    code = "INVALIDJOBSTATE"


class JobNotTerminated(Refusal):
    """A bulk job that is still being carried out, and cannot be deleted before it ended."""

    code = "API_ERROR"


class HardDeleteNotEnabled(Refusal):
    """Records that are deleted stay stored, so that what refers to them can be explained: nothing deletes for good."""

    code = "FEATURENOTENABLED"


async def job_called(context: Context, job_id: str, kinds: Sequence[str]) -> Job:
    """The job with this id, of one of these kinds, when the caller made it or administers. Raises HttpError."""
    record_id = to_15(job_id)
    job = None
    if record_id is not None and record_id.startswith(JOB_PREFIX):
        job = await read_job(context.store.database.main, record_id)
    if job is None or job.kind not in kinds:
        raise HttpError("NOT_FOUND", "The requested resource does not exist")
    if job.created_by_id != context.call.user_id and not context.rights.may_administer:
        raise HttpError("NOT_FOUND", "The requested resource does not exist")
    return job


def new_job_id(context: Context) -> Id:
    """The id of a job that is to be made."""
    return context.store.database.ids.new_id(JOB_PREFIX, 0)


def object_of(context: Context, name: str, operation: str) -> Definition:
    """The object whose records a job writes, when the caller may do so. Raises Refusal or HttpError."""
    if not name:
        raise RequiredFieldMissing("object is missing; name the object whose records these are", "object")
    definition = object_called(context, name)
    if operation == "hardDelete":
        raise HardDeleteNotEnabled("hardDelete is not possible: deleted records stay stored; use delete")
    context.rights.refuse_without(*(f"{verb} {definition.name}" for verb in RIGHTS[operation]))
    return definition


def one_of(value: str | None, name: str, choices: Sequence[str], otherwise: str | None = None) -> str:
    """The choice that a value names in whatever letter case. Raises InvalidInput."""
    if value is None:
        if otherwise is None:
            raise RequiredFieldMissing(f"{name} is missing; send {named(choices)}", name)
        return otherwise
    found = next((choice for choice in choices if choice.lower() == value.lower()), None)
    if found is None:
        raise InvalidInput(f"{name} is '{value[:80]}'; send {named(choices)}", name)
    return found


def delimiter_named(value: str | None) -> str:
    """The name of a delimiter. Raises InvalidInput."""
    return one_of(value, "columnDelimiter", tuple(DELIMITERS), "COMMA")


def ending_named(value: str | None) -> str:
    """The name of a line ending. Raises InvalidInput."""
    return one_of(value, "lineEnding", tuple(LINE_ENDINGS), "LF")


def external_id(definition: Definition, operation: str, name: str | None, version: int) -> str | None:
    """The field that an upsert tells records apart by. Raises InvalidJob."""
    if operation != "upsert":
        if name:
            raise InvalidJob(f"externalIdFieldName is for upsert; leave it out of {operation}")
        return None
    if not name:
        raise InvalidJob("externalIdFieldName is missing; an upsert needs a field that tells records apart, or Id")
    field = key_field(definition, name, version)
    if field is None:
        raise InvalidJob(
            f"{definition.name} cannot be looked up by '{name[:80]}': Field name not found, or it is no external id"
        )
    return field.wire_name


def locator_of(start: int) -> str:
    """How rows or jobs from `start` on are asked for."""
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def start_of(locator: str | None) -> int:
    """Where a locator points. Raises InvalidInput."""
    if not locator or locator == "null":
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not text.isdigit() or len(text) > 12:
        raise InvalidInput(f"'{locator[:50]}' is no locator; send one that was answered", "locator")
    return int(text)
