// Introspection against the reference implementation: what the server answers is what graphql-js
// computes from the SDL that the server prints, type by type.
import { isDeepStrictEqual } from 'node:util';
import { buildClientSchema, buildSchema, getIntrospectionQuery, introspectionFromSchema, isIntrospectionType, isSpecifiedScalarType, validateSchema } from 'graphql';

// graph-gophers answers introspection. What it does not know of the newest drafts is left out on
// both sides: descriptions of a schema, repeatable directives, OneOf inputs.
const options = { descriptions: true, specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: false, directiveIsRepeatable: false, oneOf: false };

// introspection compares, and gives the differences as lines of text.
export async function introspection(url, sdlUrl, headers) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery(options) }),
  }).then((r) => r.json());
  if (answer.errors) return { count: 0, failed: [JSON.stringify(answer.errors)] };
  const schema = buildSchema(await fetch(sdlUrl, { headers }).then((r) => r.text()));
  const failed = [...validateSchema(schema), ...validateSchema(buildClientSchema(answer.data))].map((e) => e.message);
  const got = parts(answer.data.__schema, schema);
  const want = parts(introspectionFromSchema(schema, options).__schema, schema);
  for (const name of new Set([...got.keys(), ...want.keys()])) {
    if (!isDeepStrictEqual(got.get(name), want.get(name))) {
      failed.push(`${name}: ${JSON.stringify(got.get(name))}\n  graphql-js: ${JSON.stringify(want.get(name))}`);
    }
  }
  return { count: got.size, failed };
}

// parts gives the roots of a schema and its types by name. The types of introspection itself and
// the directives belong to the libraries, each of which describes them in its own words.
function parts(answer, schema) {
  const { queryType, mutationType, subscriptionType } = answer;
  const out = new Map([['schema', sorted({ queryType, mutationType, subscriptionType })]]);
  for (const t of answer.types) {
    const type = schema.getType(t.name);
    if (type && isIntrospectionType(type)) continue;
    if (type && isSpecifiedScalarType(type)) t.description = null;
    if (t.kind === 'INTERFACE') t.interfaces ??= []; // both mean: it implements none
    out.set(t.name, sorted(t));
  }
  return out;
}

// sorted brings members into one order: in an answer it says nothing.
function sorted(value) {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => ((a.name ?? a) < (b.name ?? b) ? -1 : 1));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}
