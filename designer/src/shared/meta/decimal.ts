// Exact decimals as the server has them, as far as rules need: a whole number and the digits behind its point.

export interface Decimal {
  n: bigint;
  scale: number;
}

/** decimal reads a number or its text; null for what is none. */
export function decimal(v: unknown): Decimal | null {
  const m = /^\s*([+-]?)(\d+)(?:\.(\d*))?\s*$/.exec(typeof v === 'number' ? (Number.isSafeInteger(v) ? String(v) : v.toFixed(12)) : typeof v === 'string' ? v : '');
  if (!m) return null;
  const part = m[3] ?? '';
  const n = BigInt(m[2]! + part);
  return { n: m[1] === '-' ? -n : n, scale: part.length };
}

const at = (d: Decimal, scale: number) => d.n * 10n ** BigInt(scale - d.scale);

export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const x = at(a, scale);
  const y = at(b, scale);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function add(a: Decimal, b: Decimal, sign: 1 | -1 = 1): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { n: at(a, scale) + (sign === 1 ? at(b, scale) : -at(b, scale)), scale };
}

export const multiply = (a: Decimal, b: Decimal): Decimal => ({ n: a.n * b.n, scale: a.scale + b.scale });

/** text writes a decimal without superfluous zeros. */
export function text(d: Decimal): string {
  const digits = (d.n < 0n ? -d.n : d.n).toString().padStart(d.scale + 1, '0');
  const part = d.scale ? digits.slice(-d.scale).replace(/0+$/, '') : '';
  return `${d.n < 0n ? '-' : ''}${digits.slice(0, digits.length - d.scale)}${part ? `.${part}` : ''}`;
}
