// The life of one order as tests/clients/test_stories.py tells it through another library; prints its account.
import assert from 'node:assert/strict';
import { setTimeout as rest } from 'node:timers/promises';
import jsforce from 'jsforce';
import { live, oauth2 } from './live.mjs';

const conn = new jsforce.Connection({ oauth2, version: '67.0', logLevel: 'NONE' });
await conn.authorize({ grant_type: 'client_credentials' });

const OM = '/commerce/order-management';
const SUMMARIES = `${OM}/order-summaries`;

async function made(object, fields) {
  const { id, success } = await conn.sobject(object).create(fields);
  assert.ok(success);
  return id;
}

async function finished(operation) {
  for (let waited = 0; waited < 20000; waited += 20) {
    const found = await conn.sobject('BackgroundOperation').retrieve(operation);
    if (found.FinishedAt) return found;
    await rest(20);
  }
  throw new Error(`${operation} did not finish`);
}

const related = async (object, record, relationship) =>
  (await conn.request(`/sobjects/${object}/${record}/${relationship}`)).records;

const change = (item, quantity, more = {}) => ({
  changeItems: [
    { orderItemSummaryId: item, quantity, reason: 'Unknown', shippingReductionFlag: false, ...more },
  ],
});

// what has to be there before the first order
const account = await made('Account', { Name: 'Ada Lovelace' });
const product = await made('Product2', { Name: 'Mug', ProductCode: 'MUG', IsActive: true });
const delivery = await made('Product2', { Name: 'Parcel', ProductCode: 'PARCEL', IsActive: true });
const method = await made('OrderDeliveryMethod', { Name: 'Parcel', IsActive: true });
const location = await made('Location', { Name: 'Warehouse', LocationType: 'Warehouse' });
const card = await made('CardPaymentMethod', {
  ProcessingMode: 'External', Status: 'Active', CardType: 'Visa', CardLastFour: 4242,
});

// 3 mugs for 33.00 + 3.30 tax, delivery 5.00, placed in one atomic request
const base = `/services/data/v${conn.version}`;
const item = (Product2Id, Quantity, TotalLineAmount, Type) => ({
  attributes: { type: 'OrderItem' },
  OrderId: '@{order.id}', OrderDeliveryGroupId: '@{group.id}',
  Product2Id, Quantity, UnitPrice: TotalLineAmount / Quantity, TotalLineAmount, Type,
});
const order = {
  AccountId: account, EffectiveDate: '2026-03-01', Status: 'Draft', CurrencyIsoCode: 'USD',
  OrderReferenceNumber: live.number,
};
const group = { OrderId: '@{order.id}', OrderDeliveryMethodId: method, DeliverToName: 'Ada' };
const items = [item(product, 3, 33, 'Order Product'), item(delivery, 1, 5, 'Delivery Charge')];
const tax = {
  attributes: { type: 'OrderItemTaxLineItem' },
  OrderItemId: '@{items[0].id}', Amount: 3.3, Name: 'VAT', Type: 'Estimated', TaxEffectiveDate: '2026-03-01',
};
const parts = [
  ['POST', 'sobjects/Order', 'order', order],
  ['POST', 'sobjects/OrderDeliveryGroup', 'group', group],
  ['POST', 'composite/sobjects', 'items', { allOrNone: true, records: items }],
  ['POST', 'composite/sobjects', 'taxes', { allOrNone: true, records: [tax] }],
  ['PATCH', 'sobjects/Order/@{order.id}', 'activate', { Status: 'Activated' }],
];
const compositeRequest = parts.map(([verb, url, referenceId, body]) => ({
  method: verb, url: `${base}/${url}`, referenceId, body,
}));
const { compositeResponse } = await conn.requestPost('/composite', { allOrNone: true, compositeRequest });
assert.ok(compositeResponse.every((part) => part.httpStatusCode < 300), JSON.stringify(compositeResponse));
const orderId = compositeResponse[0].body.id;

// the summary, and the money that was authorized for it
const { orderSummaryId: summary } = await conn.requestPost(SUMMARIES, { orderId });
const paymentAuthorizationId = await made('PaymentAuthorization', {
  Amount: 41.3, CurrencyIsoCode: 'USD', ProcessingMode: 'External', Status: 'Processed', PaymentMethodId: card,
  GatewayRefNumber: `auth-${summary}`,
});
await conn.requestPost(`${OM}/order-payment-summaries`, { orderSummaryId: summary, paymentAuthorizationId });

// one mug is cancelled, with its part of the delivery charge
const actions = `${SUMMARIES}/${summary}/actions`;
const asyncActions = `${SUMMARIES}/${summary}/async-actions`;
const [mugs, parcel] = (await related('OrderSummary', summary, 'OrderItemSummaries')).map((each) => each.Id);
const cancel = change(mugs, 1, { shippingReductionFlag: true });
const preview = await conn.requestPost(`${actions}/preview-cancel`, cancel);
const submit = await conn.requestPost(`${actions}/submit-cancel`, cancel);
assert.deepEqual(submit.changeBalances, preview.changeBalances);

// two mugs are allocated, invoiced, paid and shipped
const [{ Id: deliveryGroup }] = await related('OrderSummary', summary, 'OrderDeliveryGroupSummaries');
const allocated = await conn.requestPost('/commerce/fulfillment/fulfillment-orders', {
  orderSummaryId: summary,
  orderDeliveryGroupSummaryId: deliveryGroup,
  fulfillmentGroups: [{
    fulfilledFromLocationId: location,
    fulfillmentType: 'Warehouse',
    orderItemSummaries: [
      { orderItemSummaryId: mugs, quantity: 2 },
      { orderItemSummaryId: parcel, quantity: 1 },
    ],
  }],
});
const [fulfillment] = allocated.fulfillmentOrderIds;
const invoicing = `/commerce/fulfillment/fulfillment-orders/${fulfillment}/actions/create-invoice`;
const { invoiceId } = await conn.requestPost(invoicing, {});
const funding = await conn.requestPost(`${asyncActions}/ensure-funds-async`, { invoiceId });
assert.equal((await finished(funding.backgroundOperationId)).Outcome, 'Succeeded');
await conn.sobject('FulfillmentOrder').update({ Id: fulfillment, Status: 'Fulfilled' });

// one mug comes back
const { changeOrderId } = await conn.requestPost(`${actions}/submit-return`, change(mugs, 1));
const { creditMemoId } = await conn.requestPost(`${actions}/create-credit-memo`, { changeOrderIds: [changeOrderId] });
const refund = await conn.requestPost(`${asyncActions}/ensure-refunds-async`, { creditMemoId });
assert.equal((await finished(refund.backgroundOperationId)).Outcome, 'Succeeded');

process.stdout.write(JSON.stringify({ account, summary }));
