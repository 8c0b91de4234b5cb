// Packages: which version is newer, and which packages need one.
import type { Installed } from '../setup/api';

/** newer compares versions such as 1.2.0-rc.1: above 0 when a is newer. */
export function newer(a: string, b: string): number {
  const parts = (v: string) => {
    const [core = '', pre] = v.split('+')[0]!.split(/-(.*)/s);
    return { core: core.split('.').map(Number), pre: pre?.split('.') };
  };
  const x = parts(a);
  const y = parts(b);
  for (let i = 0; i < 3; i++) if ((x.core[i] ?? 0) !== (y.core[i] ?? 0)) return (x.core[i] ?? 0) - (y.core[i] ?? 0);
  if (!x.pre || !y.pre) return Number(!x.pre) - Number(!y.pre);
  for (let i = 0; i < Math.max(x.pre.length, y.pre.length); i++) {
    const p = x.pre[i];
    const q = y.pre[i];
    if (p === q) continue;
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1;
    const numbers = [p, q].map((v) => /^\d+$/.test(v));
    if (numbers[0] && numbers[1]) return Number(p) - Number(q);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return p < q ? -1 : 1;
  }
  return 0;
}

/** dependants are the packages that need one, themselves or through others. */
export function dependants(all: readonly Installed[], name: string): Installed[] {
  const needs = new Set([name]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const p of all)
      if (!needs.has(p.name) && Object.keys(p.requires).some((r) => needs.has(r))) {
        needs.add(p.name);
        grown = true;
      }
  }
  return all.filter((p) => p.name !== name && needs.has(p.name));
}

/** base64 writes bytes as text, as the API takes archives. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
