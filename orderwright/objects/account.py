"""Who buys."""

from __future__ import annotations

from typing import Annotated, ClassVar

from orderwright.objects.definition import About, Id, SObject, boolean, reference, text


class Account(SObject, frozen=True, kw_only=True):
    """Account."""

    ABOUT: ClassVar[About] = About(
        label="Account",
        key_prefix="001",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    name: Annotated[str, text(create=True, update=True, length=255)]
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    is_person_account: Annotated[bool, boolean()] = False
    first_name: Annotated[str | None, text(create=True, update=True, length=40)] = None
    last_name: Annotated[str | None, text(create=True, update=True, length=80)] = None
    person_email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    person_title: Annotated[str | None, text(create=True, update=True, length=80)] = None
    person_contact_id: Annotated[Id | None, reference("Contact")] = None
    record_type_id: Annotated[Id | None, reference("RecordType", create=True, update=True)] = None
    billing_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    billing_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    billing_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    billing_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    billing_country: Annotated[str | None, text(create=True, update=True, length=80)] = None


class Contact(SObject, frozen=True, kw_only=True):
    """Contact."""

    ABOUT: ClassVar[About] = About(
        label="Contact",
        key_prefix="003",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[
        Id | None, reference("Account", create=True, update=True, children="Contacts", cascade=True)
    ] = None
    first_name: Annotated[str | None, text(create=True, update=True, length=40)] = None
    last_name: Annotated[str, text(create=True, update=True, length=80)]
    name: Annotated[str, text(length=121)]
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None


class User(SObject, frozen=True, kw_only=True):
    """Who acts: there is one behind every OAuth client (decisions.md S15)."""

    ABOUT: ClassVar[About] = About(label="User", key_prefix="005", calls=frozenset({"query", "retrieve"}))

    username: Annotated[str, text(length=80, idlookup=True)]
    name: Annotated[str, text(length=121)]
    email: Annotated[str | None, text("email", length=128)] = None
    is_active: Annotated[bool, boolean()] = True


class PermissionSet(SObject, frozen=True, kw_only=True):
    """A named set of rights that users are given; the rights themselves are texts (decisions/rights.py)."""

    ABOUT: ClassVar[About] = About(label="Permission Set", key_prefix="0PS", calls=frozenset({"query", "retrieve"}))

    name: Annotated[str, text(length=80, idlookup=True)]
    label: Annotated[str, text(length=80)]
    description: Annotated[str | None, text(length=255)] = None
    is_custom: Annotated[bool, boolean()] = True


class PermissionSetAssignment(SObject, frozen=True, kw_only=True):
    """A user has a permission set."""

    ABOUT: ClassVar[About] = About(
        label="Permission Set Assignment",
        key_prefix="0Pa",
        name_field="Id",
        calls=frozenset({"query", "retrieve"}),
        root="assignee_id",
    )

    assignee_id: Annotated[Id, reference("User", children="PermissionSetAssignments", cascade=True)]
    permission_set_id: Annotated[Id, reference("PermissionSet", children="Assignments")]
