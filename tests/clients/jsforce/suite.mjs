// jsforce, unmodified, against a live server.
import assert from 'node:assert/strict';
import { createSign } from 'node:crypto';
import test from 'node:test';
import jsforce from 'jsforce';
import { connected, live, oauth2 } from './live.mjs';

const MANY = 450;
const SMALL_PAGES = { 'Sforce-Query-Options': 'batchSize=200' };
const QUICK = { pollInterval: 50, pollTimeout: 20000 };

const conn = await connected();
const own = `${new URL(live.url).protocol.slice(0, -1)}-${Date.now()}`;

async function name(connection) {
  const { user_id: id } = await connection.identity();
  return (await connection.query(`SELECT Name FROM User WHERE Id = '${id}'`)).records[0].Name;
}

async function refused(promise, errorCode) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.errorCode, errorCode);
    assert.ok(error.message);
    return true;
  });
}

// --- signing in

test('username, password and security token, by SOAP', async () => {
  for (const token of [live.token, '']) {
    const person = new jsforce.Connection({ loginUrl: live.url, logLevel: 'NONE' });
    const { id, organizationId } = await person.login(live.username, live.password + token);
    assert.match(id, /^005\w{15}$/);
    assert.match(organizationId, /^00D\w{15}$/);
    assert.equal(await name(person), 'Ada Lovelace');
  }
});

test('a wrong password', async () => {
  const byName = new jsforce.Connection({ loginUrl: live.url, logLevel: 'NONE' });
  await assert.rejects(byName.login('nobody@example.com', 'wrong'), /INVALID_LOGIN/);
  const byClient = new jsforce.Connection({ oauth2, logLevel: 'NONE' });
  await assert.rejects(byClient.login('nobody@example.com', 'wrong'), { name: 'invalid_grant' });
});

test('username and password, by OAuth', async () => {
  const person = new jsforce.Connection({ oauth2, logLevel: 'NONE' });
  await person.login(live.username, live.password);
  assert.equal(await name(person), 'Ada Lovelace');
});

test('a client as itself', async () => {
  const { id, organizationId, url } = await conn.authorize({ grant_type: 'client_credentials' });
  assert.ok(url.endsWith(`/id/${organizationId}/${id}`));
  assert.equal(await name(conn), 'Ada Lovelace');
});

test('an assertion signed with a registered key', async () => {
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: live.clientId, sub: live.username, aud: live.url, exp: Math.floor(Date.now() / 1000) + 180 };
  const signed = `${encoded({ alg: 'RS256' })}.${encoded(claims)}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(live.privateKey, 'base64url');
  const signer = new jsforce.Connection({ oauth2, logLevel: 'NONE' });
  const assertion = `${signed}.${signature}`;
  await signer.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
  assert.equal(await name(signer), 'Ada Lovelace');
});

test('a person in the browser, with PKCE; and renewed with the refresh token', async () => {
  const browser = new jsforce.OAuth2({ ...oauth2, redirectUri: live.callback, useVerifier: true });
  const code = await signedInByHand(browser.getAuthorizationUrl({ scope: 'api refresh_token', state: 'x' }));
  const person = new jsforce.Connection({ oauth2: browser, logLevel: 'NONE' });
  await person.authorize(code);
  assert.equal(await name(person), 'Ada Lovelace');
  browser.codeVerifier = undefined;
  const before = person.accessToken;
  await person.oauth2.revokeToken(before);
  assert.equal((await person.query('SELECT count() FROM User')).done, true);
  assert.notEqual(person.accessToken, before);
});

// What somebody does at the login page and the consent page; returns the code.
async function signedInByHand(start) {
  let cookie = '';
  let page = await fetch(start);
  for (const typed of [{ username: live.username, password: live.password, do: 'login' }, { do: 'allow' }]) {
    cookie = page.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const hidden = [...(await page.text()).matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const plain = (text) => text.replaceAll('&#34;', '"').replaceAll('&amp;', '&');
    const body = new URLSearchParams({ ...Object.fromEntries(hidden.map(([, n, v]) => [n, plain(v)])), ...typed });
    const form = new URL('authorize', start);
    page = await fetch(form, { method: 'POST', body, headers: { cookie }, redirect: 'manual' });
  }
  const back = new URL(page.headers.get('location'));
  assert.equal(back.searchParams.get('state'), 'x');
  return back.searchParams.get('code');
}

test('a session that somebody else opened', async () => {
  const { accessToken, instanceUrl } = conn;
  for (const how of [{ accessToken, instanceUrl }, { sessionId: accessToken, serverUrl: `${live.url}/services/Soap` }]) {
    assert.equal(await name(new jsforce.Connection(how)), 'Ada Lovelace');
  }
  const wrong = new jsforce.Connection({ accessToken: 'wrong', instanceUrl, logLevel: 'NONE' });
  await refused(wrong.query('SELECT Id FROM Account'), 'INVALID_SESSION_ID');
});

test('a session that has ended is renewed, one that was logged out is not', async () => {
  const bySoap = new jsforce.Connection({ loginUrl: live.url, logLevel: 'NONE' });
  await bySoap.login(live.username, live.password);
  const first = bySoap.accessToken;
  await conn.oauth2.revokeToken(first);
  assert.equal((await bySoap.describe('Account')).name, 'Account');
  assert.notEqual(bySoap.accessToken, first);
  const byOAuth = await connected();
  for (const connection of [bySoap, byOAuth]) {
    const { accessToken, instanceUrl } = connection;
    await connection.logout();
    const after = new jsforce.Connection({ accessToken, instanceUrl, logLevel: 'NONE' });
    await refused(after.query('SELECT Id FROM Account'), 'INVALID_SESSION_ID');
  }
});

// --- records

test('one record is made, read, changed and deleted', async () => {
  const fields = { Name: 'Grace Hopper', Since__c: '2024-02-29', Points__c: 12.5 };
  const { id, success, errors } = await conn.sobject('Account').create(fields);
  assert.deepEqual({ success, errors }, { success: true, errors: [] });
  const read = await conn.sobject('Account').retrieve(id);
  assert.deepEqual({ Name: read.Name, Since__c: read.Since__c, Points__c: read.Points__c }, fields);
  const changed = await conn.sobject('Account').update({ Id: id, Name: 'Rear Admiral Hopper' });
  assert.deepEqual(changed, { id, success: true, errors: [] });
  const brief = await conn.sobject('Account').retrieve(id, { fields: ['Name'] });
  assert.equal(brief.Name, 'Rear Admiral Hopper');
  assert.deepEqual(await conn.sobject('Account').destroy(id), { id, success: true, errors: [] });
  await assert.rejects(conn.sobject('Account').retrieve(id), /deleted|not exist|no record/i);
});

test('many records at once are made, read, changed and deleted', async () => {
  const made = await conn.sobject('Account').create([{ Name: `${own} one` }, {}, { Name: `${own} three` }]);
  assert.deepEqual(made.map((each) => each.success), [true, false, true]);
  assert.equal(made[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
  const ids = [made[0].id, made[2].id];
  const read = await conn.sobject('Account').retrieve(ids);
  assert.deepEqual(read.map((each) => each.Name), [`${own} one`, `${own} three`]);
  const brief = await conn.sobject('Account').retrieve([...ids].reverse(), { fields: ['Name'] });
  assert.deepEqual(brief.map((each) => each.Name), [`${own} three`, `${own} one`]);
  const changed = await conn.sobject('Account').update(ids.map((Id) => ({ Id, Points__c: 3 })));
  assert.ok(changed.every((each) => each.success));
  const removed = await conn.sobject('Account').destroy(ids);
  assert.deepEqual(removed.map((each) => each.success), [true, true]);
});

test('all of many records or none', async () => {
  const records = [{ Name: `${own} all` }, { Name: `${own} or none`, Points__c: 'no number' }];
  const made = await conn.sobject('Account').create(records, { allOrNone: true });
  assert.deepEqual(made.map((each) => each.success), [false, false]);
  assert.equal(await conn.sobject('Account').count({ Name: `${own} all` }), 0);
});

test('more records than one request takes are sent in several', async () => {
  const records = Array.from({ length: MANY }, (_, n) => ({
    Name: `Account ${String(n).padStart(3, '0')}`,
    BillingCity: own,
  }));
  const made = await conn.sobject('Account').create(records, { allowRecursive: true });
  assert.equal(made.filter((each) => each.success).length, MANY);
});

test('upsert by an external id, one record and many', async () => {
  const account = conn.sobject('Account');
  const number = `${own}`.slice(-18);
  const first = await account.upsert({ Shop_Number__c: number, Name: 'first' }, 'Shop_Number__c');
  assert.deepEqual([first.success, first.created], [true, true]);
  const again = await account.upsert({ Shop_Number__c: number, Name: 'second' }, 'Shop_Number__c');
  assert.equal(again.success, true);
  const records = [{ Shop_Number__c: number, Name: 'third' }, { Shop_Number__c: `${number}+`, Name: 'new' }];
  const many = await account.upsert(records, 'Shop_Number__c');
  assert.deepEqual(many.map((each) => each.created), [false, true]);
  assert.equal((await account.findOne({ Shop_Number__c: number })).Name, 'third');
});

test('what is refused says why', async () => {
  await refused(conn.sobject('Account').create({ Name: 'x', Nmae: 'y' }), 'INVALID_FIELD');
  await refused(conn.sobject('Account').create({}), 'REQUIRED_FIELD_MISSING');
  await refused(conn.query('SELECT Nmae FROM Account'), 'INVALID_FIELD');
  await refused(conn.query('SELECT Name FROM Account WHERE'), 'MALFORMED_QUERY');
  await refused(conn.request('/no/such/resource'), 'NOT_FOUND');
});

test('objects are listed and described', async () => {
  const { sobjects } = await conn.describeGlobal();
  const names = sobjects.map((each) => each.name);
  for (const expected of ['Account', 'Order', 'OrderSummary', 'FulfillmentOrder']) assert.ok(names.includes(expected));
  const described = await conn.sobject('OrderSummary').describe();
  assert.equal(described.keyPrefix, '1Os');
  assert.ok(described.childRelationships.some((each) => each.relationshipName === 'OrderItemSummaries'));
  const cached = await conn.describe$('Account');
  assert.equal(cached.fields.find((each) => each.name === 'Shop_Number__c').externalId, true);
});

test('what is recent, what changed, what was deleted', async () => {
  const { id: kept } = await conn.sobject('Account').create({ Name: `${own} kept` });
  const { id: gone } = await conn.sobject('Account').create({ Name: `${own} gone` });
  await conn.sobject('Account').destroy(gone);
  assert.equal((await conn.sobject('Account').recent())[0].Id, kept);
  assert.equal((await conn.recent(1)).length, 1);
  const [start, end] = [new Date(Date.now() - 120000), new Date(Date.now() + 120000)];
  assert.ok((await conn.sobject('Account').updated(start, end)).ids.includes(kept));
  const { deletedRecords } = await conn.sobject('Account').deleted(start, end);
  assert.ok(deletedRecords.some((each) => each.id === gone));
});

// --- queries

test('a query is fetched to its last record, or as far as was asked', async () => {
  const soql = `SELECT Name FROM Account WHERE BillingCity = '${own}' ORDER BY Name`;
  const options = { headers: SMALL_PAGES };
  const everything = await conn.query(soql, { ...options, autoFetch: true, maxFetch: 10000 });
  assert.deepEqual([everything.totalSize, everything.done, everything.records.length], [MANY, true, MANY]);
  assert.equal(new Set(everything.records.map((each) => each.Name)).size, MANY);
  const first = await conn.query(soql, options);
  assert.deepEqual([first.totalSize, first.done, first.records.length], [MANY, false, 200]);
  const second = await conn.queryMore(first.nextRecordsUrl);
  const third = await conn.queryMore(second.nextRecordsUrl);
  assert.deepEqual([second.records[0].Name, third.records.length, third.done], ['Account 200', 50, true]);
  const some = await conn.query(soql, { ...options, autoFetch: true, maxFetch: 210 });
  assert.equal(some.records.length, 210);
});

test('a query is a stream of records', async () => {
  const names = [];
  const query = conn.query(`SELECT Name FROM Account WHERE BillingCity = '${own}' ORDER BY Name`);
  for await (const record of query.stream('record')) names.push(record.Name);
  assert.deepEqual([names.length, names.at(-1)], [MANY, 'Account 449']);
});

test('a query is put together from its parts', async () => {
  const { id } = await conn.sobject('Account').create({ Name: `${own} parent`, Points__c: 5 });
  await conn.sobject('Contact').create(['B', 'A'].map((LastName) => ({ LastName, AccountId: id })));
  const [found] = await conn.sobject('Account')
    .find({ Name: { $like: `${own} par%` }, Points__c: { $gte: 5, $lt: 6 }, CreatedDate: jsforce.SfDate.TODAY })
    .include('Contacts').select('LastName').orderby('LastName').end()
    .limit(1);
  assert.deepEqual(found.Contacts.records.map((each) => each.LastName), ['A', 'B']);
  const contacts = await conn.sobject('Contact').find({ AccountId: id }, 'Id, Account.*').sort('-LastName').skip(1);
  assert.deepEqual(contacts.map((each) => each.Account.Name), [`${own} parent`]);
  assert.equal(await conn.sobject('Contact').count({ AccountId: id }), 2);
  const everything = await conn.sobject('Account').find({ Id: id });
  assert.equal(everything[0].Points__c, 5);
});

test('a query changes and deletes what it finds', async () => {
  await conn.sobject('Account').create([{ Name: `${own} found` }, { Name: `${own} found` }]);
  const changed = await conn.sobject('Account').find({ Name: `${own} found` }).update({ Points__c: 7 });
  assert.deepEqual(changed.map((each) => each.success), [true, true]);
  const removed = await conn.sobject('Account').find({ Name: `${own} found`, Points__c: 7 }).destroy();
  assert.equal(removed.length, 2);
  const scanned = await conn.sobject('Account').find({ Name: `${own} found` }).scanAll(true);
  assert.equal(scanned.length, 2);
});

test('a query explains itself', async () => {
  const { plans } = await conn.query('SELECT Id FROM Account').explain();
  assert.equal(plans[0].sobjectType, 'Account');
});

test('a search', async () => {
  const { id } = await conn.sobject('Account').create({ Name: `Searched ${own}` });
  const { searchRecords } = await conn.search(`FIND {${own.replaceAll('-', '\\-')}} RETURNING Account (Id, Name)`);
  assert.ok(searchRecords.some((each) => each.Id === id && each.attributes.type === 'Account'));
});

// --- the rest of REST

test('limits, and what every answer says of them', async () => {
  await conn.query('SELECT Id FROM Account LIMIT 1');
  const { used: before } = conn.limitInfo.apiUsage;
  const { DailyApiRequests: limit } = await conn.limits();
  const { used: after, limit: most } = conn.limitInfo.apiUsage;
  assert.equal(most, limit.Max);
  assert.equal(after, limit.Max - limit.Remaining);
  assert.ok(after > before);
});

test('versions, resources and identity', async () => {
  const versions = await conn.request('/services/data');
  assert.ok(versions.some((each) => each.version === conn.version));
  const resources = await conn.request('/');
  for (const resource of ['sobjects', 'query', 'limits', 'composite', 'identity']) assert.ok(resources[resource]);
  const stranger = new jsforce.Connection({ accessToken: conn.accessToken, instanceUrl: conn.instanceUrl });
  assert.equal((await stranger.identity()).username, live.username);
});

test('composite parts refer to each other', async () => {
  const base = `/services/data/v${conn.version}/sobjects`;
  const compositeRequest = [
    { method: 'POST', url: `${base}/Account`, referenceId: 'account', body: { Name: `${own} composite` } },
    {
      method: 'POST', url: `${base}/Contact`, referenceId: 'contact',
      body: { LastName: 'Lovelace', AccountId: '@{account.id}' },
    },
  ];
  const { compositeResponse } = await conn.requestPost('/composite', { allOrNone: true, compositeRequest });
  assert.deepEqual(compositeResponse.map((each) => each.httpStatusCode), [201, 201]);
});

// --- bulk

test('bulk 1 inserts, updates, upserts, queries and deletes', async () => {
  Object.assign(conn.bulk, QUICK);
  const name = `${own} bulk`;
  const rows = [0, 1, 2].map((n) => ({ Name: name, Shop_Number__c: `${own}-${n}`.slice(-18), Points__c: n, Phone: null }));
  const made = await conn.bulk.load('Account', 'insert', rows);
  assert.deepEqual(made.map(({ success, errors }) => [success, errors]), rows.map(() => [true, []]));
  const ids = made.map((each) => each.id);
  const changes = [{ Id: ids[0], Points__c: 70 }, { Id: ids[1], Points__c: 'no number' }];
  const changed = await conn.bulk.load('Account', 'update', changes);
  assert.deepEqual(changed.map((each) => each.success), [true, false]);
  assert.ok(changed[1].errors[0]);
  const again = [2, 3].map((n) => ({ Shop_Number__c: `${own}-${n}`.slice(-18), Name: name, Points__c: 90 + n }));
  const upserted = await conn.bulk.load('Account', 'upsert', { extIdField: 'Shop_Number__c' }, again);
  assert.deepEqual(upserted.map((each) => each.success), [true, true]);
  const found = [];
  const soql = `SELECT Id, Name, Points__c FROM Account WHERE Name = '${name}' ORDER BY Points__c`;
  for await (const record of await conn.bulk.query(soql)) found.push(record);
  assert.deepEqual(found.map((each) => Number(each.Points__c)), [1, 70, 92, 93]);
  const removed = await conn.bulk.load('Account', 'delete', ids.map((Id) => ({ Id })));
  assert.deepEqual(removed.map((each) => each.success), [true, true, true]);
  assert.equal(await conn.sobject('Account').count({ Name: name }), 1);
});

test('bulk 1 takes several batches, CSV text and the methods of objects', async () => {
  Object.assign(conn.bulk, QUICK);
  const name = `${own} batches`;
  const job = conn.bulk.createJob('Account', 'insert');
  const batches = [job.createBatch(), job.createBatch()];
  const results = await Promise.all(batches.map((batch, n) => new Promise((resolve, reject) => {
    batch.on('error', reject);
    batch.on('queue', () => batch.poll(50, 20000));
    batch.on('response', resolve);
    batch.execute(`Name,Points__c\n"${name}",${n}\n`);
  })));
  assert.deepEqual(results.map(([each]) => each.success), [true, true]);
  assert.equal((await job.list()).length, 2);
  const info = await job.check();
  assert.deepEqual([info.object, info.operation, Number(info.numberRecordsProcessed)], ['Account', 'insert', 2]);
  assert.equal((await job.close()).state, 'Closed');
  const changed = await conn.sobject('Account').updateBulk(results.map(([{ id: Id }]) => ({ Id, Points__c: 9 })));
  assert.deepEqual(changed.map((each) => each.success), [true, true]);
  const removed = await conn.sobject('Account').find({ Name: name, Points__c: 9 }).destroy({ bulkThreshold: 0 });
  assert.deepEqual(removed.map((each) => each.success), [true, true]);
});

test('bulk 1 says what is wrong', async () => {
  Object.assign(conn.bulk, QUICK);
  await assert.rejects(async () => conn.bulk.load('NoSuchObject', 'insert', [{ Name: 'x' }]));
  const wrong = new jsforce.Connection({ accessToken: 'wrong', instanceUrl: conn.instanceUrl, logLevel: 'NONE' });
  await refused(wrong.bulk.createJob('Account', 'insert').open(), 'InvalidSessionId');
});

test('bulk 2 inserts, updates, upserts, queries and deletes', async () => {
  const name = `${own} bulk 2`;
  const load = (operation, input, more = {}) =>
    conn.bulk2.loadAndWaitForResults({ object: 'Account', operation, input, ...QUICK, ...more });
  const rows = [0, 1, 2].map((n) => ({ Name: name, Shop_Number__c: `${n}-${own}`.slice(0, 19), Points__c: n }));
  const made = await load('insert', rows);
  assert.deepEqual([made.successfulResults.length, made.failedResults, made.unprocessedRecords], [3, [], []]);
  assert.ok(made.successfulResults.every((each) => each.sf__Created === 'true' && each.Name === name));
  const ids = rows.map((row) =>
    made.successfulResults.find((each) => each.Shop_Number__c === row.Shop_Number__c).sf__Id);
  const changes = [{ Id: ids[0], Points__c: 70 }, { Id: ids[1], Points__c: 'no number' }];
  const changed = await load('update', changes);
  assert.deepEqual([changed.successfulResults[0].sf__Id, changed.failedResults[0].sf__Id], ids.slice(0, 2));
  assert.ok(changed.failedResults[0].sf__Error);
  const again = [2, 3].map((n) => ({ Shop_Number__c: `${n}-${own}`.slice(0, 19), Name: name, Points__c: 90 + n }));
  const upserted = await load('upsert', again, { externalIdFieldName: 'Shop_Number__c' });
  assert.deepEqual(upserted.successfulResults.map((each) => each.sf__Created).sort(), ['false', 'true']);
  const found = [];
  const soql = `SELECT Id, Points__c FROM Account WHERE Name = '${name}' ORDER BY Points__c`;
  for await (const record of await conn.bulk2.query(soql, QUICK)) found.push(Number(record.Points__c));
  assert.deepEqual(found, [1, 70, 92, 93]);
  const removed = await load('delete', ids.map((Id) => ({ Id })));
  assert.equal(removed.failedResults.length, 0);
  assert.equal(await conn.sobject('Account').count({ Name: name }), 1);
});

test('bulk 2 jobs are opened, aborted and deleted by hand', async () => {
  const job = conn.bulk2.createJob({ operation: 'insert', object: 'Account' });
  assert.equal((await job.open()).state, 'Open');
  await job.uploadData(`Name\n${own} aborted\n`);
  await job.abort();
  assert.equal(job.getInfo().state, 'Aborted');
  assert.equal((await job.check()).state, 'Aborted');
  await job.delete();
  assert.equal(await conn.sobject('Account').count({ Name: `${own} aborted` }), 0);
  const wrong = conn.bulk2.createJob({ operation: 'insert', object: 'NoSuchObject' });
  await assert.rejects(wrong.open(), (error) => Boolean(error.errorCode));
});
