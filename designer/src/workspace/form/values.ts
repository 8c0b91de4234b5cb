// The values of a record, by the names of the API: which are there, and which have changed.

export type Values = Record<string, unknown>;

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** changed are the values that differ from those at the beginning. */
export function changed(values: Values, before: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([k, v]) => !same(v, before[k])));
}

/** given are the values of a new record that are there. */
export function given(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null && v !== undefined));
}
