"""The page to read: every link leads somewhere, every property is shown, what goes for all requests is said."""

import re
from collections import Counter
from html.parser import HTMLParser

import httpx
import pytest

from orderwright.decisions.errors import PreviewOutdated
from orderwright.rest.operation import Operation
from orderwright.rest.operations import OPERATIONS
from orderwright.rest.properties import is_struct, properties_of

VOID = {"meta"}


class Balanced(HTMLParser):
    """Fails on an element that is not closed, or closed where it was not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # as HTMLParser has it
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
async def page(http: httpx.AsyncClient) -> str:
    return (await http.get("/docs")).text


async def test_every_link_leads_somewhere_and_every_element_ends(page: str):
    ids = Counter(re.findall(r'id="([^"]+)"', page))
    assert set(ids.values()) == {1}
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
async def test_the_contents_lead_to_every_operation_which_shows_its_properties(page: str, operation: Operation):
    name = operation.handler.__name__
    assert f'<a href="#{name}">' in page.partition("</nav>")[0]
    article = page.partition(f'<article id="{name}">')[2].partition("</article>")[0]
    for type_ in (operation.input, operation.output):
        if is_struct(type_):
            for property_ in properties_of(type_):
                assert f"<code>{property_.wire_name}</code>" in article
    for path in operation.aliases:
        assert path in article


async def test_what_goes_for_every_request_is_said(page: str):
    for word in ("Idempotency-Key", "Preview-Token", "?explain=true", "X-Request-Id", "Authorization"):
        assert word in page


async def test_the_examples_name_the_address_the_reader_came_by(http: httpx.AsyncClient):
    page = (await http.get("/docs", headers={"Host": 'shop.example:8080"><script>'})).text
    assert "http://shop.example:8080&quot;&gt;" in page
    assert "<script" not in page


async def test_the_document_names_what_may_go_along(http: httpx.AsyncClient):
    paths = (await http.get("/openapi.json")).json()["paths"]
    for operation in OPERATIONS:
        about = paths[operation.full_path][operation.method.lower()]
        names = {parameter["name"] for parameter in about["parameters"]}
        writes = operation.method != "GET" and not operation.public and not operation.streamed
        assert ("Idempotency-Key" in names) is writes
        assert ("409" in about["responses"]) is writes
        assert ("Preview-Token" in names) is (PreviewOutdated in operation.refuses)
    changes = {path.rpartition("/")[2] for path, methods in paths.items() if _may_explain(methods)}
    assert changes == {
        "preview-cancel", "submit-cancel", "preview-return", "submit-return", "adjust-item-preview",
        "adjust-item-submit", "find-routes-with-fewest-splits", "find-routes-with-fewest-splits-using-oci",
        "rank-byaverage-distance", "preview-route-and-allocate", "route-and-allocate", "{routingDecisionId}",
    }  # fmt: skip


def _may_explain(methods: dict[str, dict[str, list[dict[str, str]]]]) -> bool:
    return any(p["name"] == "explain" for about in methods.values() for p in about["parameters"])
