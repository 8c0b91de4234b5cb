// Where a name is used: what one should know before one takes it away.
import { type Packages } from './files';

/** usedIn lists files that name a member of an object: fields and record types by their names as words, in the object's own files and in those that name the object. */
export function usedIn(all: Packages, object: string, list: string, name: string): string[] {
  if (!name || list === 'rules') return [];
  const word = new RegExp(`(?<![\\w])${name}(?![\\w])`);
  const about = new RegExp(`(?<![\\w])${object}(?![\\w])`);
  const out: string[] = [];
  for (const [pkg, files] of Object.entries(all))
    for (const [path, text] of Object.entries(files)) {
      if (path.startsWith('data/') || path.startsWith('tests/') || path.startsWith('i18n/')) continue;
      const own = path.startsWith(`objects/${object}/`) || path === `extend/${object}.json`;
      const body = own && /(object|extend\/[^/]+)\.json$/.test(path) ? text.replace(new RegExp(`"name":\\s*"${name}"`), '') : text;
      if (word.test(body) && (own || about.test(body))) out.push(`${pkg}/${path}`);
    }
  return out;
}
