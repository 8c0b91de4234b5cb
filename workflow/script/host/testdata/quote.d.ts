// Generated from the metadata; do not edit. Types of scripts/quote.js.

// What every script finds beside ES2022 without modules, top-level await and async iteration.

/** An exact decimal of up to 38 digits. Operators do not work on it: write a.add(b), a.lt(b). */
interface Decimal {
  add(x: DecimalLike): Decimal;
  sub(x: DecimalLike): Decimal;
  mul(x: DecimalLike): Decimal;
  /** null for a division by zero */
  div(x: DecimalLike): Decimal | null;
  rem(x: DecimalLike): Decimal | null;
  neg(): Decimal;
  abs(): Decimal;
  floor(): Decimal;
  ceil(): Decimal;
  /** rounds half away from zero to a number of digits after the point */
  round(digits?: number): Decimal;
  cmp(x: DecimalLike): -1 | 0 | 1;
  eq(x: DecimalLike): boolean;
  lt(x: DecimalLike): boolean;
  lte(x: DecimalLike): boolean;
  gt(x: DecimalLike): boolean;
  gte(x: DecimalLike): boolean;
  isZero(): boolean;
  toFixed(digits: number): string;
  toString(): string;
  toJSON(): string;
}
/** Decimals, their text, and whole numbers; numbers with a fraction are not exact and refused. */
type DecimalLike = Decimal | string | number | bigint;
declare function dec(x: DecimalLike): Decimal;

declare const normalise: { [by in 'text' | 'phone' | 'email' | 'company' | 'name']: (s: string) => string };
/** How alike two texts are, from 0 to 1. */
declare const similar: { [by in 'exact' | 'dice' | 'levenshtein' | 'jaroWinkler']: (a: string, b: string) => Decimal } & {
  prefix(a: string, b: string, characters: number): Decimal;
};
/** null, and not a number, where there is nothing to summarise; values that are null are left out. */
declare const stats: { [f in 'mean' | 'min' | 'max' | 'median' | 'variance' | 'deviation']: (list: (DecimalLike | null)[]) => Decimal | null } & {
  sum(list: (DecimalLike | null)[]): Decimal;
  quantile(list: (DecimalLike | null)[], q: DecimalLike): Decimal | null;
};
interface CodeFormat { prefix?: string; alphabet?: string; length: number; check?: boolean }
declare const codes: { clean(code: string, format: CodeFormat): string; right(code: string, format: CodeFormat): boolean };
interface LadderStep { lower: DecimalLike; /** none for the last */ upper?: DecimalLike | null; rate: DecimalLike }
interface LadderLine { step: number; part: Decimal; rate: Decimal; amount: Decimal }
/**
 * What a ladder of rates gives for a measure, exact and line by line. Steps follow each other as [lower, upper), from the
 * lowest up. by decides on the step, the measure unless given; reached is its place from 0.
 */
declare function ladder(mode: 'incremental' | 'retroactive' | 'fixed' | 'per_unit', steps: LadderStep[], measure: DecimalLike, by?: DecimalLike | null): { amount: Decimal; reached: number | null; lines: LadderLine[] };
declare const console: { [level in 'debug' | 'info' | 'log' | 'warn' | 'error']: (...what: unknown[]) => void };

/** What a call throws that the platform refuses. Writes that fail end the run instead. */
interface HostError extends Error { readonly code: string }
interface Page<F, O> { filter?: F; orderBy?: O[]; /** 50 unless given, at most 500 */ first?: number }
interface Sums<F, N> { filter?: F; sum?: N[]; avg?: N[]; min?: N[]; max?: N[] }
interface Summary<N extends string> {
  count: number;
  sum: { [f in N]?: string | null };
  avg: { [f in N]?: string | null };
  min: { [f in N]?: unknown };
  max: { [f in N]?: unknown };
}

/** A message to another system: values are what {{name}} stands for in the request of its connection. */
interface Outgoing { to?: string; subject?: string; body?: string; record?: string; values?: { [name: string]: unknown } }
declare const http: {
  /** Sent once what the script is part of is committed, again until it is taken; gives the id of its delivery. */
  send(connection: 'till', message: Outgoing): string;
};

declare const notify: {
  /** Tells users what the message says of the record; of equal keys once. */
  send(message: 'quoted', record: string, users: string[], key?: string): true;
};

/** Hours by weekday, mon to sun: ["09:00-12:00", "13:00-18:00"]. */
interface Calendar {
  key: string;
  zone: string;
  week: { [day in 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun']?: string[] };
  exceptions?: { date: string; to?: string; kind: 'holiday' | 'workday'; hours?: string[]; name?: string }[];
}
/** Instants are text, such as 2026-03-02T09:00:00+08:00. */
declare const calendar: {
  open(c: Calendar, at: string): boolean;
  workday(c: Calendar, at: string): boolean;
  minutes(c: Calendar, from: string, to: string): number;
  workdays(c: Calendar, from: string, to: string): number;
  add(c: Calendar, from: string, time: string): string;
  addDays(c: Calendar, from: string, days: number): string;
};

interface Input {
  dealer: string;
  price: string;
  count?: number | null;
  mode?: string | null;
}

interface Output {
  id?: string | null;
  total?: DecimalLike | null;
  quotes?: number | null;
}

/** Ends the run, and the action, with an error that the script declares. */
declare function refuse(code: 'TOO_HIGH', details?: { [name: string]: unknown }): never;

interface DealerRecord {
  /** ID */
  readonly id: string;
  /** Version */
  readonly version: number;
  /** Created at */
  readonly createdAt?: string | null;
  /** Created by */
  readonly createdBy?: string | null;
  /** Updated at */
  readonly updatedAt?: string | null;
  /** Updated by */
  readonly updatedBy?: string | null;
  /** Owner */
  readonly ownerId?: string | null;
  /** External ID */
  readonly externalId?: string | null;
  /** Name */
  readonly name?: string | null;
  /** Code */
  readonly code?: string | null;
  /** Discount */
  readonly discount?: string | null;
  /** Secret */
  readonly secret?: string | null;
  /** Quoted */
  readonly quoted?: string | null;
}
type DealerFilter = { [f in 'id' | 'version' | 'createdAt' | 'createdBy' | 'updatedAt' | 'updatedBy' | 'ownerId' | 'externalId' | 'name' | 'code' | 'discount' | 'secret' | 'quoted']?: { [operator: string]: unknown } } & { and?: DealerFilter[]; or?: DealerFilter[]; not?: DealerFilter };
type DealerOrder = { [f in 'id' | 'version' | 'createdAt' | 'createdBy' | 'updatedAt' | 'updatedBy' | 'ownerId' | 'externalId' | 'name' | 'code' | 'discount' | 'secret' | 'quoted']?: 'ASC' | 'DESC' };
type DealerKey = { externalId: string } | { code: string };

interface QuoteRecord {
  /** ID */
  readonly id: string;
  /** Version */
  readonly version: number;
  /** Created at */
  readonly createdAt?: string | null;
  /** Created by */
  readonly createdBy?: string | null;
  /** Updated at */
  readonly updatedAt?: string | null;
  /** Updated by */
  readonly updatedBy?: string | null;
  /** Owner */
  readonly ownerId?: string | null;
  /** External ID */
  readonly externalId?: string | null;
  /** Currency */
  readonly currency?: string | null;
  /** Dealer */
  readonly dealerId?: string | null;
  /** Title */
  readonly title?: string | null;
  /** Total */
  readonly total?: string | null;
  /** Due */
  readonly due?: string | null;
  /** State */
  readonly state?: string | null;
}
type QuoteFilter = { [f in 'id' | 'version' | 'createdAt' | 'createdBy' | 'updatedAt' | 'updatedBy' | 'ownerId' | 'externalId' | 'currency' | 'dealerId' | 'title' | 'total' | 'due' | 'state']?: { [operator: string]: unknown } } & { and?: QuoteFilter[]; or?: QuoteFilter[]; not?: QuoteFilter };
type QuoteOrder = { [f in 'id' | 'version' | 'createdAt' | 'createdBy' | 'updatedAt' | 'updatedBy' | 'ownerId' | 'externalId' | 'currency' | 'dealerId' | 'title' | 'total' | 'due' | 'state']?: 'ASC' | 'DESC' };
type QuoteKey = { externalId: string };
interface QuoteInput {
  ownerId?: string | null;
  externalId?: string | null;
  currency?: string | null;
  dealerId?: string | null;
  title?: string | null;
  total?: DecimalLike | null;
  due?: string | null;
  state?: string | null;
}

declare const records: {
  get(object: 'dealer', id: string): DealerRecord;
  find(object: 'dealer', key: DealerKey): DealerRecord | null;
  query(object: 'dealer', page: Page<DealerFilter, DealerOrder>): DealerRecord[];
  aggregate<N extends string>(object: 'dealer', sums: Sums<DealerFilter, N>): Summary<N>;
  get(object: 'quote', id: string): QuoteRecord;
  find(object: 'quote', key: QuoteKey): QuoteRecord | null;
  query(object: 'quote', page: Page<QuoteFilter, QuoteOrder>): QuoteRecord[];
  aggregate<N extends string>(object: 'quote', sums: Sums<QuoteFilter, N>): Summary<N>;
  create(object: 'quote', values: QuoteInput): QuoteRecord;
  update(object: 'quote', id: string, values: QuoteInput): QuoteRecord;
  upsert(object: 'quote', key: QuoteKey, values: QuoteInput): QuoteRecord;
};
