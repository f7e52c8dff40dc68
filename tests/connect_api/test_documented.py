"""Every documented Apex method and representation has its twin in Python, and what has none is listed."""

import inspect
import re
import typing
from pathlib import Path
from typing import Any

import pytest

from orderwright import ConnectApi
from orderwright.connect_api import asynchronous, representations
from orderwright.rest.operations import OPERATIONS
from orderwright.rest.properties import is_struct
from tests.connect_api.documented import ALL, HERE, MISSING, Method, to_snake
from tests.rest.contract import FILES

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BASES = {
    "BaseOutputRepresentation", "OCIBaseOutputRepresentation", "BaseRequest", "AuditParamsRequest",
    "BaseApiPaymentMethodRequest",
}  # fmt: skip
"""Base classes of Apex: our types name all their properties themselves."""


def python_method(method: Method) -> Any:
    return getattr(type(getattr(ConnectApi, method.class_)), to_snake(method.name))


@pytest.mark.parametrize("method", HERE, ids=str)
def test_it_has_the_documented_parameters_and_representations(method):
    found = python_method(method)
    hints = typing.get_type_hints(found)
    expected = [(to_snake(name), getattr(ConnectApi, type_, str)) for type_, name in method.parameters]
    assert [(name, hints[name]) for name in list(inspect.signature(found).parameters)[1:]] == expected
    assert hints["return"] is getattr(ConnectApi, method.output)


@pytest.mark.parametrize("method", HERE, ids=str)
def test_its_docstring_says_its_documented_name_version_result_and_refusals(method):
    text = inspect.getdoc(python_method(method)) or ""
    assert re.search(
        rf"^ConnectApi\.{method.class_}\.{method.name}, API version {method.version}\b", text, re.MULTILINE
    )
    assert "Raises " in text


def test_there_are_no_other_methods():
    classes = {method.class_ for method in HERE}
    found = {
        (name, method)
        for name in classes
        for method, _ in inspect.getmembers(type(getattr(ConnectApi, name)), inspect.isfunction)
        if not method.startswith("_")
    }
    assert found == {(method.class_, to_snake(method.name)) for method in HERE}


@pytest.mark.parametrize("class_", sorted({method.class_ for method in HERE}))
def test_the_asynchronous_class_has_the_same_methods(class_):
    ours = type(getattr(ConnectApi, class_))
    assert {n: f for n, f in vars(ours).items() if inspect.isfunction(f) and not n.startswith("_")} == {
        n: f
        for n, f in vars(getattr(asynchronous, ours.__name__)).items()
        if inspect.isfunction(f) and not n.startswith("_")
    }


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_has_no_resource_and_stands_on_the_page(name):
    paths = {re.sub(r"\{\w+\}", "{}", operation.path) for operation in OPERATIONS}
    assert re.sub(r"\{\w+\}", "{}", MISSING[name]) not in paths, f"{name} can be built now"
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_every_representation_is_a_type_that_the_server_reads_or_writes():
    used: set[Any] = set()
    for operation in OPERATIONS:
        for hint in (operation.input, operation.output):
            collect(hint, used)
    types = {name: type_ for name, type_ in vars(representations).items() if is_struct(type_)}
    assert len(types) > 150
    assert {name for name, type_ in types.items() if type_ not in used} == set()


def collect(hint: Any, into: set[Any]) -> None:
    """The Struct types in a hint, and in their properties."""
    if is_struct(hint) and hint not in into:
        into.add(hint)
        for inner in typing.get_type_hints(hint).values():
            collect(inner, into)
    for inner in typing.get_args(hint):
        collect(inner, into)


# --- the contract itself, where it is at hand -------------------------------------------------------------------------


def named_in_contract() -> dict[str, set[str]]:
    """What stands behind `apex` in the contract: names of types, and of methods as `Class.method`."""
    text = "\n".join(line for file in FILES for line in file.read_text(encoding="utf-8").splitlines() if "apex" in line)
    names = set(re.findall(r"ConnectApi\.(\w+(?:\.\w+)?)", text.replace("ConnectApiException", "")))
    return {"methods": {n for n in names if "." in n}, "types": {n for n in names if "." not in n}}


needs_contract = pytest.mark.skipif(not FILES, reason="the contract is not at hand")


@needs_contract
def test_the_contract_names_no_other_method():
    assert named_in_contract()["methods"] == {str(method) for method in ALL}


@needs_contract
def test_every_type_that_the_contract_names_is_there_or_belongs_to_a_missing_resource():
    missing = {name for name in named_in_contract()["types"] if not hasattr(ConnectApi, name)} - BASES
    later = types_of_missing_resources()
    assert missing - later == set()


def types_of_missing_resources() -> set[str]:
    """Types that only missing resources use: those of the contract's parts about returns, exchanges and estimates, and
    those of the two changes.
    """
    found = {name for method in ALL if str(method) in MISSING for name, _ in method.parameters}
    found |= {method.output for method in ALL if str(method) in MISSING}
    inner = re.compile(
        r"Return(Order|Items)|ChangeOrder\w*Summar\w*Input|CartToExchange|EstimateDelivery|DeliveryEstimate|"
        r"ProductDeliverEstimation|PaymentInfo|SharedOrderPaymentSummarySequence|BalanceStatePreview|"
        r"RefundInstructionsHint|PaymentCreditSequenceItem|RefundSequenceItem"
    )
    return found | {name for name in named_in_contract()["types"] if inner.search(name)}
