// What a program does with the generated client; deploy/conformance compiles and runs it.
import { type Schema, Tenon, TenonError } from './tenon.js';

declare const process: { env: Record<string, string | undefined> };
const tenon = new Tenon({ url: process.env['TENON_URL'] ?? '', key: process.env['TENON_KEY'] ?? '', locale: 'zh-CN' });

function equal(got: unknown, want: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

async function refused(run: () => Promise<unknown>): Promise<TenonError> {
  try {
    await run();
  } catch (e) {
    if (e instanceof TenonError) return e;
    throw e;
  }
  throw new Error('nothing was refused');
}

const create = async (name: string): Promise<Schema.Brand> => {
  const args: Schema.MutationCreateBrandArgs = { input: { code: name, name, status: 'active' } };
  const { createBrand } = await tenon.run<Pick<Schema.Mutation, 'createBrand'>>('mutation ($input: BrandCreate!) { createBrand(input: $input) { brand { id name code } } }', args);
  if (!createBrand.brand) throw new Error('no brand');
  return createBrand.brand;
};

const listed = 'query ($filter: BrandFilter, $after: String) { brands(filter: $filter, first: 2, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }';
type Brands = Pick<Schema.Query, 'brands'>;

export const checks: Record<string, () => Promise<void>> = {
  'a list, page after page': async () => {
    const names = ['Typed 1', 'Typed 2', 'Typed 3', 'Typed 4', 'Typed 5'];
    for (const name of names) await create(name);
    const filter: Schema.BrandFilter = { name: { startsWith: 'Typed' } };
    const got: string[] = [];
    for await (const brand of tenon.all<Schema.Brand, Brands>(listed, { filter }, (d) => d.brands)) got.push(brand.name ?? '');
    equal(got.sort(), names);
  },
  'an error with its code, field and message in the language asked for': async () => {
    const e = await refused(() => create(''));
    equal([e.code, e.status, e.failures.map((f) => f.extensions?.field), /[一-龥]/.test(e.message)], ['VALIDATION_FAILED', 200, ['code', 'name'], true]);
    const unknown = await refused(() => tenon.run('{ nothing }'));
    equal([unknown.code, unknown.status], ['INVALID_INPUT', 400]);
  },
  'a key that is none': async () => {
    const nobody = new Tenon({ url: process.env['TENON_URL'] ?? '', key: 'none' });
    equal((await refused(() => nobody.run('{ __typename }'))).code, 'UNAUTHENTICATED');
    equal((await refused(() => nobody.subscribe('subscription { brandChanged { id } }').next())).code, 'UNAUTHENTICATED');
  },
  'a subscription that is left, and goes on from its cursor': async () => {
    type Told = { brandChanged: Pick<Schema.BrandChange, 'cursor' | 'verb' | 'brand'> };
    const query = 'subscription ($after: String) { brandChanged(filter: {name: {startsWith: "Told"}}, after: $after) { cursor verb brand { name } } }';
    const names: (string | null | undefined)[] = [];
    const first = tenon.subscribe<Told>(query);
    const told = first.next(); // it is asked for now
    let cursor = '';
    for (let n = 1; !cursor; n++) { // what is written before the server listens is not told
      await create(`Told ${n}`);
      const got = await Promise.race([told, new Promise<undefined>((done) => setTimeout(done, 200))]);
      if (got && !got.done) cursor = got.value.brandChanged.cursor;
    }
    await first.return();
    await create('Told later');
    await create('Told last');
    for await (const { brandChanged } of tenon.subscribe<Told>(query, { after: cursor })) {
      names.push(brandChanged.brand?.name);
      if (brandChanged.brand?.name === 'Told last') break;
    }
    equal(names.slice(-2), ['Told later', 'Told last']);
  },
  'a subscription that is aborted': async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    try {
      for await (const _ of tenon.subscribe('subscription { accountChanged { id } }', {}, stop.signal)) throw new Error('told of a change');
    } catch (e) {
      equal((e as Error).name, 'AbortError');
    }
    equal(stop.signal.aborted, true);
  },
  'a subscription that is refused': async () => {
    equal((await refused(() => tenon.subscribe('subscription { nothingChanged { id } }').next())).code, 'INVALID_INPUT');
  },
};

// Types refuse what the schema does not have.
// @ts-expect-error a required key is missing
export const missing: Schema.MutationCreateBrandArgs = {};
// @ts-expect-error there is no such choice
export const wrong: Schema.BrandCreate['status'] = 'no such status';
