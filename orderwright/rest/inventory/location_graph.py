"""POST /commerce/oci/location-graph/uploads, and how that went: which locations and groups inventory knows."""

from __future__ import annotations

import uuid

from orderwright.decisions.publish_location_graph import decide_publish_location_graph
from orderwright.rest.context import Context
from orderwright.rest.inventory.uploads import UploadOutput, UploadStatusOutput, status_of_upload
from orderwright.rest.representations import NoInput
from orderwright.store.inventory_uploads import read_marked, save_graph
from orderwright.store.transaction import Transaction


async def publish_location_graph(context: Context, body: NoInput) -> UploadOutput:  # noqa: ARG001 - it is empty
    """Make the locations and enabled groups that are marked ShouldSyncWithOci the ones that inventory knows.

    It is done when this answers; the status is there for clients that wait for it.
    """
    upload_id = str(uuid.uuid4())

    async def act(transaction: Transaction) -> UploadOutput:
        graph = decide_publish_location_graph(*await read_marked(transaction.session))
        await save_graph(transaction.session, upload_id, graph, context.call.user_id, transaction.now)
        return UploadOutput(upload_id=upload_id)

    output: UploadOutput = await context.store.submit(context.call, act, UploadOutput)
    return output


async def publish_location_graph_status(context: Context, upload_id: str) -> UploadStatusOutput:
    """What was published, and what was left out and why."""
    return await status_of_upload(context, upload_id, "LocationGraph")
