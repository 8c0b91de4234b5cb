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
