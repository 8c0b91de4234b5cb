import { describe, expect, it } from 'vitest';
import { ordersFor, valuesOf, type Stopped } from '@/designer/model/remedies';

const run = (more: Partial<Stopped>): Stopped => ({ id: 'run_1', flow: 'f', status: 'failed', incident: { step: 'a', code: 'X', message: 'm' }, vars: {}, remedies: { vars: {}, out: {}, from: ['a'] }, ...more });

describe('orders for runs', () => {
  it('are those that mean something to the run as it is', () => {
    expect(ordersFor(run({}))).toEqual(['retry', 'skip', 'rerunFrom', 'rerun', 'cancel', 'compensate']);
    expect(ordersFor(run({ incident: { step: null, code: 'RUN_TIMEOUT', message: '' } }))).toEqual(['rerunFrom', 'rerun', 'cancel', 'compensate']);
    expect(ordersFor(run({ status: 'running', incident: null, remedies: null }))).toEqual(['cancel']);
    expect(ordersFor(run({ status: 'succeeded', incident: null, remedies: null }))).toEqual(['rerun', 'compensate']);
    expect(ordersFor(run({ status: 'compensated', incident: null, remedies: null }))).toEqual(['rerun']);
  });
});

describe('typed values', () => {
  it('become what the API takes, by their kinds', () => {
    const kinds = { n: 'int', d: 'decimal', b: 'bool', day: 'date', at: 'datetime', t: 'text', l: 'list', j: 'json', r: 'ref' };
    expect(valuesOf(kinds, { n: ' 12 ', d: '1.50', b: 'false', day: '2026-01-31', at: '2026-01-31T08:00:00Z', t: ' as it is ', l: 'lead_1, lead_2', j: '{"a": 1}', r: 'lead_1' })).toEqual({
      values: { n: 12, d: '1.50', b: false, day: '2026-01-31', at: '2026-01-31T08:00:00.000Z', t: ' as it is ', l: ['lead_1', 'lead_2'], j: { a: 1 }, r: 'lead_1' },
      wrong: [],
    });
    expect(valuesOf(kinds, { n: '1.5', d: 'x', b: 'yes', day: 'soon', at: 'soon', j: '{', t: '' })).toEqual({ values: { t: null }, wrong: ['n', 'd', 'b', 'day', 'at', 'j'] });
  });
});
