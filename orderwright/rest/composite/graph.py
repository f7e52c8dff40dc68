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
    refuse_names,
)  # fmt: skip
from orderwright.rest.context import Context
from orderwright.rest.properties import About

MOST_NODES = 500
MOST_GRAPHS = 75

USED = re.compile(r"@\{([A-Za-z_][A-Za-z0-9_]*)")


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
    _refuse_odd(body.graphs)
    return GraphOutput(graphs=[await _one(keyed(context, i), each) for i, each in enumerate(body.graphs)])


def _refuse_odd(graphs: Sequence[Graph]) -> None:
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
        refuse_names(each.composite_request)


async def _one(context: Context, wanted: Graph) -> GraphResult:
    parts = wanted.composite_request
    order = in_order(parts)
    answers = dict(zip(order, await all_at_once(context, [parts[i] for i in order]), strict=True))
    done = [answers[i] for i in range(len(parts))]
    return GraphResult(
        graph_id=wanted.graph_id,
        graph_response=output_of(parts, done),
        is_successful=all(answer.succeeded for answer in done),
    )


def in_order(parts: Sequence[CompositePart]) -> list[int]:
    """The places of `parts` in an order in which each comes after those that it refers to, else as they were sent.

    What refers to itself in a circle keeps its place; doing it says what is missing.
    """
    place = {part.reference_id: index for index, part in enumerate(parts)}
    needs = [{place[name] for name in _names(part) if name in place} for part in parts]
    done: list[int] = []
    left = list(range(len(parts)))
    while left:
        ready = next((index for index in left if needs[index] <= set(done)), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def _names(part: CompositePart) -> set[str]:
    body: Any = part.body
    return set(USED.findall(part.url)) | set(USED.findall(to_json(body).decode() if body is not None else ""))
