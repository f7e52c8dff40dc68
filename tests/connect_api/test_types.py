"""What a type checker sees. `assert_type` does nothing when it runs: the lint of the project reads these."""

from decimal import Decimal
from typing import Any, assert_type

import orderwright as package
from orderwright import ConnectApi
from orderwright.pytest_plugin.instance import Instance


def test_calls_and_representations_have_their_types(orderwright: Instance):
    summary = orderwright.order_summary()
    item = ConnectApi.ChangeItemInputRepresentation(
        order_item_summary_id=summary.items["Mug"], quantity=Decimal(1), reason="Unknown", shipping_reduction_flag=False
    )
    change = ConnectApi.ChangeInputRepresentation(change_items=(item,))
    output = ConnectApi.OrderSummary.preview_cancel(summary.id, change)
    assert_type(output, ConnectApi.PreviewCancelOutputRepresentation)
    assert output.change_balances is not None
    assert_type(output.change_balances.grand_total_amount, Decimal)
    same = orderwright.salesforce.OrderSummary.preview_cancel(order_summary_id=summary.id, change_input=change)
    assert_type(same, ConnectApi.PreviewCancelOutputRepresentation)
    assert same == output
    assert_type(orderwright.salesforce.query("SELECT Id FROM Account"), list[dict[str, Any]])


async def test_asynchronous_calls_have_theirs(fresh_database_url: str):
    async with package.connect_async(fresh_database_url, worker=False) as salesforce:
        published = await salesforce.OmnichannelInventoryService.publish_location_structure()
        assert_type(published, ConnectApi.OCIPublishLocationStructureOutputRepresentation)
        status = await salesforce.OmnichannelInventoryService.get_publish_location_structure_status(
            upload_id=published.upload_id or ""
        )
        assert_type(status.status, str | None)
        assert status.status == "COMPLETED"
