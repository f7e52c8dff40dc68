"""What somebody may do. A right is a short text that reads as it is granted, stored, documented and refused:

`Read OrderSummary`, `Read OrderSummary.Status`, `Create Order`, `Edit Order`, `Delete Order`, `Run submit-cancel`,
`View Payments`, `Administer`. `*` in place of an object or an action stands for all of them, with two exceptions that
have to be given by name: records of payments are only seen with `View Payments` besides, and users and permission sets
only with `Administer`. Who was given nothing may do nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

import msgspec

from orderwright.decisions.errors import InvalidInput, Refusal, named
from orderwright.objects.registry import BY_LOWER_NAME

OBJECT_VERBS = ("Read", "Create", "Edit", "Delete")
RUN = "Run"
DESCRIBE = "Describe"
"""Needed to see how an object is made: any right on it is enough. Never granted by itself."""
VIEW_PAYMENTS = "View Payments"
ADMINISTER = "Administer"
ALL = "*"

EVERYTHING = frozenset({*(f"{verb} {ALL}" for verb in (*OBJECT_VERBS, RUN)), VIEW_PAYMENTS, ADMINISTER})
SYSTEM_ADMINISTRATOR = "SystemAdministrator"
"""The permission set that holds `EVERYTHING`."""

PAYMENT_OBJECTS = frozenset({
    "OrderPaymentSummary", "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "PaymentGroup",
    "PaymentLineInvoice", "Refund", "RefundLinePayment", "CardPaymentMethod", "DigitalWallet",
    "AlternativePaymentMethod", "PaymentGatewayLog",
})  # fmt: skip
ADMINISTRATION_OBJECTS = frozenset({"PermissionSet", "PermissionSetAssignment"})


class MissingRight(Refusal):
    """The right that the request needs was not given to the user; the message names it."""

    code = "INSUFFICIENT_ACCESS"

    def __init__(self, *rights: str) -> None:
        super().__init__(f"the right '{named(rights)}' is missing; an administrator can give it in a permission set")
        self.rights = rights


class Rights(msgspec.Struct, frozen=True):
    """All that one caller was given, by whatever permission sets, narrowed by the scopes of the client's token."""

    granted: frozenset[str] = frozenset()

    def has(self, right: str) -> bool:
        """Whether the caller may do what `right` says; `right` names one object or action, not `*`."""
        verb, _, thing = right.partition(" ")
        if verb == DESCRIBE:
            return self.may_describe(thing)
        if verb == "Read":
            object_, _, field = thing.partition(".")
            return self.may_read(object_, field or None)
        return self._may(verb, thing) if verb in OBJECT_VERBS else self._holds(verb, thing, right)

    def may_read(self, object_: str, field: str | None = None) -> bool:
        """Whether records of `object_` may be read, or their `field`; without a field: at least some of it.

        Records of payments need `View Payments` besides. Names are those of the API, in its letter case.
        """
        if object_ in PAYMENT_OBJECTS and VIEW_PAYMENTS not in self.granted:
            return False
        if self._may("Read", object_):
            return True
        start = f"Read {object_}."
        if field is None:
            return any(right.startswith(start) for right in self.granted)
        return start + field in self.granted or (field == "Id" and self.may_read(object_))

    def may_describe(self, object_: str, field: str | None = None) -> bool:
        """Whether the caller may know how an object is made, or one field of it: any right on it is enough.

        Who was only given single fields to read knows of these, and of the id.
        """
        if any(self._may(verb, object_) for verb in OBJECT_VERBS):
            return True
        start = f"Read {object_}."
        if field is None or field == "Id":
            return any(right.startswith(start) for right in self.granted)
        return start + field in self.granted

    def may_create(self, object_: str) -> bool:
        """Whether records of `object_` may be made directly."""
        return self._may("Create", object_)

    def may_edit(self, object_: str) -> bool:
        """Whether records of `object_` may be changed directly."""
        return self._may("Edit", object_)

    def may_delete(self, object_: str) -> bool:
        """Whether records of `object_` may be deleted directly."""
        return self._may("Delete", object_)

    def may_run(self, action: str) -> bool:
        """Whether an action may be run, by its name in the table of operations: `submit-cancel`."""
        return self._holds(RUN, action, f"{RUN} {action}")

    @property
    def may_see_payments(self) -> bool:
        return VIEW_PAYMENTS in self.granted

    @property
    def may_administer(self) -> bool:
        return ADMINISTER in self.granted

    def refuse_without(self, *rights: str) -> None:
        """Raise MissingRight, naming the first of `rights` that the caller does not have.

        Of reading records of payments the right that is missing is named: `View Payments` where only that one is.
        """
        for right in rights:
            if not self.has(right):
                raise MissingRight(self._missing_part(right))

    def only_reading(self) -> Rights:
        """What is left of these rights for a token that may only read."""
        kept = (right for right in self.granted if right.startswith("Read ") or right == VIEW_PAYMENTS)
        return Rights(frozenset(kept))

    def _missing_part(self, right: str) -> str:
        verb, _, thing = right.partition(" ")
        object_ = thing.partition(".")[0]
        if object_ in ADMINISTRATION_OBJECTS:
            return ADMINISTER
        if verb == "Read" and object_ in PAYMENT_OBJECTS and Rights(self.granted | {VIEW_PAYMENTS}).has(right):
            return VIEW_PAYMENTS
        return f"Read {thing}" if verb == DESCRIBE else right

    def _may(self, verb: str, object_: str) -> bool:
        if object_ in ADMINISTRATION_OBJECTS:
            return ADMINISTER in self.granted
        return f"{verb} {object_}" in self.granted or f"{verb} {ALL}" in self.granted

    def _holds(self, verb: str, thing: str, right: str) -> bool:
        return right in self.granted or (verb == RUN and bool(thing) and f"{RUN} {ALL}" in self.granted)


NOTHING = Rights()
"""What somebody may do who was given nothing, or is not signed in."""


def read_right(text: str, actions: Collection[str]) -> str:
    """Return the right that `text` names, in its canonical spelling; `actions` are the names of all there are.

    Letter case does not matter. Raises InvalidInput for what is no right, with the nearest known name.
    """
    words = text.split()
    whole = " ".join(words).lower()
    for right in (VIEW_PAYMENTS, ADMINISTER):
        if whole == right.lower():
            return right
    verb = next((v for v in (*OBJECT_VERBS, RUN) if len(words) == 2 and v.lower() == words[0].lower()), None)
    if verb is None:
        known = named([*(f"{verb} OBJECT" for verb in OBJECT_VERBS), f"{RUN} ACTION", VIEW_PAYMENTS, ADMINISTER])
        raise InvalidInput(f"'{text}' is no right; send {known}")
    if words[1] == ALL:
        return f"{verb} {ALL}"
    return f"{verb} {_action(words[1], actions) if verb == RUN else _object(words[1], verb)}"


def _action(name: str, actions: Collection[str]) -> str:
    if name.lower() in actions:
        return name.lower()
    raise InvalidInput(f"there is no action '{name}'{_nearest(name.lower(), actions)}")


def _object(name: str, verb: str) -> str:
    object_, dot, field = name.partition(".")
    definition = BY_LOWER_NAME.get(object_.lower())
    if definition is None:
        known = {lower: d.name for lower, d in BY_LOWER_NAME.items()}
        close = difflib.get_close_matches(object_.lower(), known, n=1)
        raise InvalidInput(f"there is no object '{object_}'{_nearest(object_, [known[close[0]]] if close else [])}")
    if not dot:
        return definition.name
    if verb != "Read":
        raise InvalidInput(f"'{verb}' is given for whole objects; leave '.{field}' out")
    if field.lower() in definition.by_wire_name:
        return f"{definition.name}.{definition.by_wire_name[field.lower()].wire_name}"
    if field.endswith("__c"):
        return f"{definition.name}.{field}"
    names = [f.wire_name for f in definition.by_wire_name.values()]
    raise InvalidInput(f"{definition.name} has no field '{field}'{_nearest(field, names)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
