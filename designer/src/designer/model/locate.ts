// Where in a document a place of its text is: findings name lines and columns, pages show parts.
import type { Path } from './places';
import { units } from './text';

/** pathAt is the path of the innermost value of a JSON text that spans a line and column, both from 1, columns in bytes; undefined where the text is none. */
export function pathAt(text: string, line: number, col: number): Path | undefined {
  const lines = text.split('\n');
  if (line < 1 || line > lines.length) return undefined;
  const target = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0) + units(lines[line - 1]!)(col - 1);
  let at = 0;
  let found: Path = [];
  const space = () => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const string = () => {
    const from = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
    return JSON.parse(text.slice(from, at)) as string;
  };
  const members = (end: string, member: () => void) => {
    at++;
    space();
    while (at < text.length && text[at] !== end) {
      member();
      space();
      if (text[at] === ',') at++;
      space();
    }
    at++;
  };
  const value = (path: Path) => {
    space();
    const from = at;
    if (text[at] === '{')
      members('}', () => {
        const start = at;
        const key = string();
        space();
        at++;
        value([...path, key]);
        if (start <= target && target < at && found.length <= path.length) found = [...path, key];
      });
    else if (text[at] === '[') {
      let n = 0;
      members(']', () => value([...path, n++]));
    } else if (text[at] === '"') string();
    else while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at++;
    if (from <= target && target < at && found.length < path.length) found = path;
  };
  try {
    value([]);
  } catch {
    return undefined;
  }
  return found;
}
