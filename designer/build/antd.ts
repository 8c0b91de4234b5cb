// antd, cut to what is used. Its style sheet comes as one file of all components, and each component carries the
// functions that made it. This plugin gives each component its own part of the sheet, which then goes where the
// component goes, and takes the functions out: with zeroRuntime nothing calls them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import postcss, { type AtRule, type Rule } from 'postcss';
import type { Plugin } from 'vite';

const part = '\0antd-part:';
const component = /[\\/]antd[\\/]es[\\/]([a-z-]+)[\\/]/;

/** The menu's classes are another's where it is drawn in a dropdown, and nothing else here draws one. */
const without = 'menu';
const usesIt = /import \{[^}]*\bMenu\b[^}]*\} from 'antd'/;

/** Modules of a component that others use without showing it. */
const helper = /[\\/]hooks?[\\/]|[\\/]use[A-Z]|[cC]ontext|interface|locale|[uU]til|Helpers|shared\.js|[\\/]color\.js/;

/** Classes that do not begin with the name of their component's folder. */
const folders: Record<string, string> = {
  btn: 'button',
  picker: 'date-picker',
  col: 'grid',
  row: 'grid',
  color: 'color-picker',
  float: 'float-button',
  'back-top': 'float-button',
  otp: 'input',
  ribbon: 'badge',
  scroll: 'badge',
  qrcode: 'qr-code',
  'select-tree': 'tree-select',
  border: 'border-beam',
};

/** folderOf names the component that a selector belongs to; "" for what belongs to all. */
export function folderOf(selector: string, known: ReadonlySet<string>): string {
  const name = /\.ant-([a-z-]+)/.exec(selector)?.[1]?.split('-') ?? [];
  for (let n = Math.min(2, name.length); n > 0; n--) {
    const start = name.slice(0, n).join('-');
    if (folders[start]) return folders[start];
    if (known.has(start)) return start;
  }
  return '';
}

/** split gives the parts of the sheet, by component. Variables of pages that antd rendered when it made the sheet are left out. */
export function split(sheet: string, known: ReadonlySet<string>): Map<string, string> {
  const parts = new Map<string, string>();
  const add = (key: string, text: string) => parts.set(key, (parts.get(key) ?? '') + text);
  const put = (rule: Rule, wrap: (text: string) => string) => {
    const by = new Map<string, string[]>();
    for (const s of rule.selectors) {
      if (/\.css-var-_R_|\.data-ant-cssinjs/.test(s)) continue;
      const key = folderOf(s, known);
      by.set(key, [...(by.get(key) ?? []), s]);
    }
    const body = rule.nodes.map(String).join(';');
    for (const [key, selectors] of by) add(key, wrap(`${selectors.join(',')}{${body}}`));
  };
  const walk = (nodes: readonly postcss.ChildNode[], wrap: (text: string) => string) => {
    for (const n of nodes) {
      if (n.type === 'rule') put(n, wrap);
      else if (n.type === 'atrule' && ['media', 'supports', 'layer', 'container'].includes(n.name) && n.nodes) walk(n.nodes, (text) => wrap(`@${n.name} ${(n as AtRule).params}{${text}}`));
      else if (n.type !== 'comment') add('', wrap(String(n)));
    }
  };
  walk(postcss.parse(sheet).nodes, (text) => text);
  return parts;
}

/** styleless takes the second argument, which makes the styles, out of calls that register them. */
export function styleless(code: string, tree: unknown): string {
  const cuts: [number, number][] = [];
  const visit = (n: unknown) => {
    if (Array.isArray(n)) return n.forEach(visit);
    if (!n || typeof n !== 'object') return;
    const x = n as { type?: string; callee?: { name?: string }; arguments?: { start: number; end: number }[] };
    if (x.type === 'CallExpression' && /^gen(StyleHooks|SubStyleComponent|ComponentStyleHook)$/.test(x.callee?.name ?? '') && x.arguments?.[1]) cuts.push([x.arguments[1].start, x.arguments[1].end]);
    else Object.values(n).forEach(visit);
  };
  visit(tree);
  return cuts.reduceRight((out, [from, to]) => `${out.slice(0, from)}() => []${out.slice(to)}`, code);
}

export function antdParts(folder: ReadonlySet<string>): Plugin {
  let parts: Map<string, string>;
  return {
    name: 'antd-parts',
    enforce: 'pre',
    apply: 'build',
    buildStart() {
      parts = split(readFileSync(createRequire(import.meta.url).resolve('antd/dist/antd.css'), 'utf8'), folder);
    },
    resolveId: (id) => (id === 'antd/dist/antd.css' ? `${part}all.css` : id.startsWith('virtual:antd-part/') ? part + id.slice(18) : undefined),
    load(id) {
      if (!id.startsWith(part)) return;
      const name = id.slice(part.length, -4);
      return { code: parts.get(name === 'all' ? '' : name) ?? '', moduleSideEffects: true };
    },
    transform(code, id) {
      const name = component.exec(id)?.[1];
      if (!id.includes('node_modules') && usesIt.test(code)) this.error('the part of the menu is left out of the style sheet: take it in again in build/antd.ts');
      if (!name) return;
      const style = /[\\/]style[\\/]/.test(id);
      const drawn = !style && name !== without && parts.has(name) && !helper.test(id);
      const out = style ? styleless(code, this.parse(code)) : code;
      return { code: drawn ? `import 'virtual:antd-part/${name}.css';\n${out}` : out, map: null };
    },
  };
}
