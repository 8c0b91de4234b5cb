import { describe, expect, it } from 'vitest';
import { outcomes, reasons, run, type Target } from '@/workspace/list/bulk/run';

const targets: Target[] = Array.from({ length: 5 }, (_, i) => ({ id: `r${i}`, version: 1, title: `R${i}` }));
const key = () => {
  let n = 0;
  return () => `k${n++}`;
};

describe('a bulk operation', () => {
  it('goes batch by batch and tells how far it is', async () => {
    const told: number[][] = [];
    const all = await run(targets, 2, async (b) => b.map((t) => (t.id === 'r2' ? { ...t, error: 'no' } : t)), (p) => told.push([p.done, p.failed, p.of]), () => false, key());
    expect(told).toEqual([[2, 0, 5], [4, 1, 5], [5, 1, 5]]);
    expect(all.map((o) => o.error)).toEqual([undefined, undefined, 'no', undefined, undefined]);
  });
  it('counts a batch that fails as a whole as failed, and goes on', async () => {
    const all = await run(targets, 2, async (b) => (b[0]!.id === 'r0' ? Promise.reject(new Error('broken')) : b), () => {}, () => false, key());
    expect(all.map((o) => o.error)).toEqual(['broken', 'broken', undefined, undefined, undefined]);
  });
  it('is sent once more under the same key when the network broke', async () => {
    const keys: string[] = [];
    const all = await run(targets.slice(0, 2), 1, async (b, k) => (keys.push(k), keys.length === 1 ? Promise.reject(Object.assign(new Error('gone'), { code: 'NETWORK' })) : b), () => {}, () => false, key());
    expect(keys).toEqual(['k0', 'k0', 'k1']);
    expect(all.some((o) => o.error)).toBe(false);
  });
  it('leaves the rest alone when it is stopped', async () => {
    let done = 0;
    const all = await run(targets, 2, async (b) => ((done += b.length), b), () => {}, () => done >= 2, key());
    expect(all.map((o) => o.id)).toEqual(['r0', 'r1']);
  });
  it('puts answers beside their records', () => {
    expect(outcomes(targets.slice(0, 3), [{ record: { version: 2 }, warnings: [{ message: 'careful' }], errors: null }, { record: null, warnings: [], errors: [{ message: 'a' }, { message: 'b' }] }])).toEqual([
      { id: 'r0', title: 'R0', version: 2, warnings: ['careful'] },
      { id: 'r1', title: 'R1', version: 1, error: 'a b' },
      { id: 'r2', title: 'R2', version: 1 },
    ]);
  });
  it('says the most frequent reason first', () => {
    const o = (id: string, error?: string) => ({ id, title: id, version: 1, error });
    expect(reasons([o('a', 'x'), o('b', 'y'), o('c'), o('d', 'y')]).map((r) => [r.message, r.records.length])).toEqual([['y', 2], ['x', 1]]);
  });
});
