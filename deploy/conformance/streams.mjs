// Subscriptions as unmodified clients see them: graphql-ws over a WebSocket, graphql-sse over
// server-sent events.
import { createClient as socketClient } from 'graphql-ws';
import { createClient as eventClient } from 'graphql-sse';
import WebSocket from 'ws';

const changes = 'subscription ($after: String) { brandChanged(filter: { name: { startsWith: "Stream" } }, after: $after) { cursor verb brand { name } } }';
const many = 50;

// streams runs every check and gives those that failed as lines of text.
export async function streams(url, headers) {
  const failed = [];
  let count = 0;
  const call = async (query, variables) => (await (await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })).json());
  const write = (name) => call('mutation ($i: BrandCreate!) { createBrand(input: $i) { brand { id } } }', { i: { code: name.replaceAll(' ', '-'), name, status: 'active' } });
  const check = async (what, run) => {
    count++;
    try {
      await run();
    } catch (e) {
      failed.push(`${what}: ${e?.message ?? JSON.stringify(e)}`);
    }
  };
  const socket = (options = {}) => socketClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: headers, lazy: true, ...options });
  const events = () => eventClient({ url, headers, retryAttempts: 0 });
  for (const [kind, open] of [['graphql-ws', socket], ['graphql-sse', events]]) {
    await check(`${kind}: changes come once, in order, and go on after a break`, () => resumes(kind, open, write));
    await check(`${kind}: a query has one answer`, async () => equal(await collect(open(), { query: '{ __typename }' }), ['{"__typename":"Query"}']));
    await check(`${kind}: an invalid subscription is refused`, () => refused(open(), { query: 'subscription { nothingChanged { verb } }' }));
    await check(`${kind}: a forged cursor is refused`, () => refused(open(), { query: changes, variables: { after: 'forged' } }));
  }
  await check('graphql-ws: nobody in particular is refused', () => refused(socket({ connectionParams: {} }), { query: '{ __typename }' }));
  await check('graphql-ws: two operations over one connection', async () => {
    const client = socket();
    equal(await Promise.all([collect(client, { query: '{ __typename }' }), collect(client, { query: '{ a: __typename }' })]), [['{"__typename":"Query"}'], ['{"a":"Query"}']]);
  });
  return { count, failed };
}

// resumes reads half of the changes, hangs up, and reads the others from the last cursor on.
async function resumes(kind, open, write) {
  const names = Array.from({ length: many }, (_, i) => `Stream ${kind} ${i}`);
  const seen = [];
  let after = null;
  for (const part of [names.slice(0, many / 2), names.slice(many / 2)]) {
    const client = open();
    const stream = client.iterate({ query: changes, variables: { after } });
    const reading = (async () => {
      for await (const { data, errors } of stream) {
        if (errors) throw new Error(JSON.stringify(errors));
        seen.push(data.brandChanged.brand.name);
        after = data.brandChanged.cursor;
        if (seen.length % (many / 2) === 0) return;
      }
    })();
    reading.catch(() => {}); // it is awaited below
    await new Promise((done) => setTimeout(done, 300)); // until it listens
    for (const name of part) {
      const { errors } = await write(name);
      if (errors) throw new Error(JSON.stringify(errors));
    }
    await within(reading, 10_000);
    await client.dispose();
  }
  equal(seen, names);
}

async function collect(client, operation) {
  const out = [];
  for await (const { data, errors } of client.iterate(operation)) out.push(JSON.stringify(errors ?? data));
  return out;
}

async function refused(client, operation) {
  let answer;
  try {
    for await (const result of client.iterate(operation)) {
      answer = result;
      break;
    }
  } catch {
    return;
  } finally {
    await client.dispose();
  }
  if (!answer?.errors) throw new Error(`was answered: ${JSON.stringify(answer)}`);
}

function equal(got, want) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

function within(promise, ms) {
  return Promise.race([promise, new Promise((_, failed) => setTimeout(() => failed(new Error(`nothing for ${ms} ms`)), ms))]);
}
