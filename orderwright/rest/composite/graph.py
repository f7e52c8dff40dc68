"""POST /composite/graph: requests in groups, each group in one transaction of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.rest.codec import to_json
from orderwright.rest.composite.composite import (
    CompositeOutput,
    CompositePart,
    all_at_once,
    keyed,
    output_of,
    refuse_odd,
    went_well,
)  # fmt: skip
from orderwright.rest.context import Context
from orderwright.rest.errors import plain_body
from orderwright.rest.execute import Answer
from orderwright.rest.properties import About

MOST_NODES = 500
MOST_GRAPHS = 75
MOST_DEPTH = 15
MOST_KINDS = 15
"""Of requests that differ in version, method or object."""
MOST_FAILED = 14
"""Graphs; after one more no other is done (documented, as the numbers above)."""

HALTED = Answer(
    400,
    to_json(plain_body("PROCESSING_HALTED", f"this graph was not done: more than {MOST_FAILED} graphs failed before")),
)
KIND = re.compile(r"/services/data/([^/]+)/(?:sobjects/)?([^/?]*)")

USED = re.compile(r"@\{(\w+)", re.ASCII)


class Graph(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Requests that are done all or none; in the order that their references need."""

    graph_id: Annotated[str, About("Name of the graph in the answer.")]
    composite_request: list[CompositePart]


class GraphInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The graphs, done one after the other."""

    graphs: list[Graph]


class GraphResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one graph, with the answers in the order of its requests."""

    graph_id: str
    graph_response: CompositeOutput
    is_successful: bool


class GraphOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The graphs in the order of the request."""

    graphs: list[GraphResult]


async def graph(context: Context, body: GraphInput) -> GraphOutput:
    """Does the requests of each graph in one transaction; what one graph did stands, whatever becomes of the next."""
    _refuse_odd(body.graphs, context.version)
    done: list[GraphResult] = []
    for index, each in enumerate(body.graphs):
        failed = sum(1 for result in done if not result.is_successful)
        done.append(_halted(each) if failed > MOST_FAILED else await _one(keyed(context, index), each))
    return GraphOutput(graphs=done)


def _refuse_odd(graphs: Sequence[Graph], version: int) -> None:
    if not 0 < len(graphs) <= MOST_GRAPHS:
        raise InvalidInput(f"graphs has {len(graphs)} entries; send 1 to {MOST_GRAPHS}", "graphs")
    nodes = sum(len(each.composite_request) for each in graphs)
    if nodes > MOST_NODES:
        raise InvalidInput(f"the graphs have {nodes} requests; send at most {MOST_NODES}", "graphs")
    names = [each.graph_id for each in graphs]
    if len(set(names)) < len(names):
        raise InvalidInput("a graphId is there twice; give each graph its own", "graphId")
    for each in graphs:
        if not each.composite_request:
            raise InvalidInput(f"graph '{each.graph_id}' has no requests; send at least one", "compositeRequest")
        refuse_odd(each.composite_request, version)
        if _depth(each.composite_request) > MOST_DEPTH:
            raise InvalidInput(f"graph '{each.graph_id}' is more than {MOST_DEPTH} requests deep", "compositeRequest")
    kinds = {_kind(part) for each in graphs for part in each.composite_request}
    if len(kinds) > MOST_KINDS:
        raise InvalidInput(
            f"the graphs have requests of {len(kinds)} versions, methods and objects; send at most {MOST_KINDS}",
            "graphs",
        )


def _kind(part: CompositePart) -> tuple[str, ...]:
    found = KIND.match(part.url)
    return (part.method.upper(), *(found.groups() if found is not None else (part.url,)))


def _halted(wanted: Graph) -> GraphResult:
    response = output_of(wanted.composite_request, [HALTED] * len(wanted.composite_request))
    return GraphResult(graph_id=wanted.graph_id, graph_response=response, is_successful=False)


async def _one(context: Context, wanted: Graph) -> GraphResult:
    parts = wanted.composite_request
    order = in_order(parts)
    answers = dict(zip(order, await all_at_once(context, [parts[i] for i in order]), strict=True))
    done = [answers[i] for i in range(len(parts))]
    return GraphResult(
        graph_id=wanted.graph_id,
        graph_response=output_of(parts, done),
        is_successful=all(map(went_well, done)),
    )


def in_order(parts: Sequence[CompositePart]) -> list[int]:
    """The places of `parts` in an order in which each comes after those that it refers to, else as they were sent.

    What refers to itself in a circle keeps its place; doing it says what is missing.
    """
    needs = _needs(parts)
    done: dict[int, None] = {}
    left = list(range(len(parts)))
    while left:
        ready = next((index for index in left if needs[index] <= done.keys()), left[0])
        left.remove(ready)
        done[ready] = None
    return list(done)


def _needs(parts: Sequence[CompositePart]) -> list[set[int]]:
    """The places of the parts that each part refers to."""
    place = {part.reference_id: index for index, part in enumerate(parts)}
    return [{place[name] for name in _names(part) if name in place} for part in parts]


def _depth(parts: Sequence[CompositePart]) -> int:
    """How many requests the longest chain of references joins."""
    needs, depths = _needs(parts), dict[int, int]()
    for index in in_order(parts):
        depths[index] = 1 + max((depths.get(other, 0) for other in needs[index]), default=0)
    return max(depths.values())


def _names(part: CompositePart) -> set[str]:
    body: Any = part.body
    return set(USED.findall(part.url)) | set(USED.findall(to_json(body).decode() if body is not None else ""))
