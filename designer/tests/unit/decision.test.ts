import { describe, expect, it } from 'vitest';
import { readInput, rowsOf, withCell, withRows, wrongRows } from '@/designer/model/decision';
import type { Doc } from '@/designer/model/overlay';

describe('a decision table', () => {
  const doc = JSON.parse('{"rows": [{"name": "a", "when": {"x": "1"}, "then": {"y": "2"}}, {"name": "b"}], "versions": [{"from": "2026-01-01", "rows": [{"name": "c"}]}]}') as Doc;
  const rows = doc.rows as Doc[];
  it('has rows, and those of versions', () => {
    expect(rowsOf(doc, -1)).toEqual(rows);
    expect(rowsOf(doc, 0)[0]!.name).toBe('c');
    expect(rowsOf(withRows(doc, 0, []), 0)).toEqual([]);
    expect(rowsOf(withRows(doc, 0, []), -1)).toEqual(rows);
  });
  it('an empty test is none, an empty output stays to be filled', () => {
    expect(withCell(rows, 0, 'when', 'x', '')[0]).toEqual(JSON.parse('{"name": "a", "then": {"y": "2"}}'));
    expect(withCell(rows, 0, 'then', 'y', '')[0]!.then).toEqual({});
    expect(withCell(rows, 1, 'when', 'x', '> 3')[1]!.when).toEqual({ x: '> 3' });
  });
  it('knows the rows that findings are about', () => {
    expect(wrongRows([['rows', 1, 'when', 'x'], ['versions', 0, 'rows', 3], undefined, ['hit']], -1)).toEqual(new Set([1]));
    expect(wrongRows([['rows', 1], ['versions', 0, 'rows', 3]], 0)).toEqual(new Set([3]));
  });
  it('is asked with values of its types', () => {
    expect([readInput('int', '5'), readInput('decimal', '5.0'), readInput('bool', 'true'), readInput('text', '')]).toEqual([5, '5.0', true, undefined]);
  });
});
