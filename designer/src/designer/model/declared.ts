// What a script may name, from its declarations as the server writes them, and what fits at a place of its source.

export interface Name {
  name: string;
  type: string;
  doc?: string;
}

export interface Declared {
  interfaces: Record<string, Name[]>;
  modules: Record<string, Name[]>; // constants with members, such as records
  functions: Name[];
  /** What calls of records give, by the function and the object: "get dealer" → DealerRecord. */
  gives: Record<string, string>;
  objects: string[];
  refusals: string[];
}

const quoted = (text: string) => [...text.matchAll(/'([^']*)'/g)].map((m) => m[1]!);

/** body is the text between a brace and the one that closes it. */
function body(text: string, from: number): string {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return text.slice(from + 1, i);
  }
  return text.slice(from + 1);
}

/** parts cuts the members of a type at what divides them, outside of all brackets. */
function parts(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  const bare = text.replace(/\/\*\*[^]*?\*\//g, (c) => c.replace(/[{}()<>;]/g, ' '));
  for (let i = 0; i < bare.length; i++) {
    if ('{([<'.includes(bare[i]!)) depth++;
    if ('})]'.includes(bare[i]!) || (bare[i] === '>' && bare[i - 1] !== '=')) depth--;
    if (bare[i] === ';' && depth === 0) {
      out.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...out, text.slice(from)].map((p) => p.trim()).filter(Boolean);
}

function member(text: string): Name[] {
  const doc = /\/\*\*\s*([^]*?)\s*\*\//.exec(text)?.[1];
  const rest = text.replace(/\/\*\*[^]*?\*\//g, '').trim();
  const mapped = /^\[\w+ in ([^\]]+)\]\??:\s*([^]*)$/.exec(rest);
  if (mapped) return quoted(mapped[1]!).map((name) => ({ name, type: mapped[2]!, doc }));
  const m = /^(?:readonly )?(\w+)\??(<[^]*?>)?(\([^]*|:[^]*)$/.exec(rest);
  return m ? [{ name: m[1]!, type: m[3]!.replace(/^:\s*/, ''), doc }] : [];
}

/** declared reads declarations. */
export function declared(dts: string): Declared {
  const out: Declared = { interfaces: {}, modules: {}, functions: [], gives: {}, objects: [], refusals: [] };
  for (const m of dts.matchAll(/^interface (\w+)[^{\n]*\{/gm)) out.interfaces[m[1]!] = parts(body(dts, m.index + m[0].length - 1)).flatMap(member);
  for (const m of dts.matchAll(/^(?:\/\*\*\s*((?:(?!\*\/)[^])*?)\s*\*\/\n)?declare function (\w+)(.*);$/gm)) out.functions.push({ name: m[2]!, type: m[3]!, doc: m[1] });
  for (const m of dts.matchAll(/^declare const (\w+): /gm)) {
    const text = parts(dts.slice(m.index + m[0].length))[0] ?? '';
    const all: Name[] = [];
    for (let i = 0; (i = text.indexOf('{', i)) >= 0; i += body(text, i).length + 2) all.push(...parts(body(text, i)).flatMap(member));
    out.modules[m[1]!] = all.filter((n, i) => all.findIndex((x) => x.name === n.name) === i);
    if (m[1] === 'records')
      for (const n of all) {
        const object = /^\(object: '(\w+)'/.exec(n.type)?.[1];
        if (!object) continue;
        if (!out.objects.includes(object)) out.objects.push(object);
        out.gives[`${n.name} ${object}`] = /\): (\w+)/.exec(n.type)?.[1] ?? '';
      }
  }
  out.refusals = quoted(out.functions.find((f) => f.name === 'refuse')?.type.split('details')[0] ?? '');
  return out;
}

/** typesOf tells of variables what they hold, where the source says so plainly. */
export function typesOf(d: Declared, source: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const m of source.matchAll(/(?:const|let|var)\s+(\w+)\s*(=|of)\s*records\.(\w+)\(\s*'(\w+)'/g)) {
    const given = d.gives[`${m[3]} ${m[4]}`];
    if (given && (m[3] !== 'query' || m[2] === 'of')) out[m[1]!] = given;
  }
  for (const m of source.matchAll(/(?:const|let|var)\s+(\w+)\s*=\s*dec\(/g)) out[m[1]!] = 'Decimal';
  return out;
}

export interface Suggestions {
  length: number; // how many characters before the place they replace
  options: (Name & { kind: 'property' | 'function' | 'variable' | 'text' })[];
}

/** suggest gives what fits behind a text; undefined: nothing is known to. */
export function suggest(d: Declared, before: string, source: string): Suggestions | undefined {
  const text = /\b(records\.\w+|refuse)\(\s*'(\w*)$/.exec(before);
  if (text) {
    const all = text[1] === 'refuse' ? d.refusals : d.objects;
    return { length: text[2]!.length, options: all.map((name) => ({ name, type: '', kind: 'text' })) };
  }
  const path = /(\w+)\.(\w*)$/.exec(before);
  if (path) {
    const members = d.modules[path[1]!] ?? d.interfaces[typesOf(d, source)[path[1]!] ?? ''];
    return members && { length: path[2]!.length, options: members.map((m) => ({ ...m, kind: m.type.startsWith('(') || m.type.includes('=>') ? 'function' : 'property' })) };
  }
  const word = /(\w*)$/.exec(before)![1]!;
  if (/['"`]\w*$/.test(before) || /\d$/.test(word)) return undefined;
  return {
    length: word.length,
    options: [
      ...(d.interfaces.Input ?? []).map((n) => ({ ...n, kind: 'variable' as const })),
      ...Object.keys(typesOf(d, source)).map((name) => ({ name, type: typesOf(d, source)[name]!, kind: 'variable' as const })),
      ...Object.keys(d.modules).map((name) => ({ name, type: '', kind: 'variable' as const })),
      ...d.functions.map((n) => ({ ...n, kind: 'function' as const })),
    ],
  };
}
