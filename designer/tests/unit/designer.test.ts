import { describe, expect, it } from 'vitest';
import type { Json } from '@/shared/api/graphql';
import { allows, fieldLevel, withField, withOperation } from '@/designer/model/access';
import { changed, docOf, drafted, namingFiles, objectOf, objectsOf, read, withDoc, withObject, write, type Packages } from '@/designer/model/files';
import { newNode, nodeKinds, trace } from '@/designer/model/flow';
import { apply, diff, same, type Doc } from '@/designer/model/overlay';
import { at, begin, fresh, ids, insert, moved, place, redo, set, step, undo, where, without, type Section } from '@/designer/model/places';
import { grouped, totals } from '@/designer/model/plan';
import { propertiesOf, shapeOf, type Schema } from '@/designer/model/schema';
import { units } from '@/designer/model/text';
import { missing, translated } from '@/designer/model/translations';
import { usedIn } from '@/designer/model/uses';

const dealer: Doc = {
  name: 'dealer',
  label: { en: 'Dealer', 'zh-CN': '经销商' },
  fields: [
    { name: 'tier', type: 'text', label: { en: 'Tier' } },
    { name: 'city', type: 'text' },
  ],
  rules: [{ name: 'sane', when: 'ISBLANK(tier)', message: { en: 'No tier' } }],
  features: ['history'],
};

describe('overlays', () => {
  const cases: [string, (d: Doc) => void, { set: string[]; remove: string[] }][] = [
    ['a property', (d) => ((d.label as Doc).en = 'Partner'), { set: ['label.en'], remove: [] }],
    ['a property of a member', (d) => ((d.fields as Doc[])[0]!.required = true), { set: ['fields.tier.required'], remove: [] }],
    ['a member more', (d) => (d.fields as Doc[]).push({ name: 'zip', type: 'text' }), { set: ['fields.zip'], remove: [] }],
    ['a member less', (d) => (d.fields as Doc[]).pop(), { set: [], remove: ['fields.city'] }],
    ['another order', (d) => (d.fields as Doc[]).reverse(), { set: ['fields'], remove: [] }],
    ['a list of texts', (d) => (d.features as string[]).push('search'), { set: ['features'], remove: [] }],
    ['a property less', (d) => delete d.features, { set: [], remove: ['features'] }],
    ['a property more', (d) => (d.sharing = 'private'), { set: ['sharing'], remove: [] }],
    ['a key with a point', (d) => (d.label = { 'a.b': 'x' }), { set: ['label'], remove: [] }],
    ['a member in between', (d) => (d.fields as Doc[]).splice(1, 0, { name: 'zip', type: 'text' }), { set: ['fields'], remove: [] }],
  ];
  it.each(cases)('names %s by its path, and gives it back', (_, change, want) => {
    const edited = structuredClone(dealer);
    change(edited);
    const over = diff(dealer, edited);
    expect({ set: Object.keys(over.set), remove: over.remove }).toEqual(want);
    expect(apply(dealer, over)).toEqual(edited);
  });
  it('leaves what is the same, and what does not fit', () => {
    expect(diff(dealer, structuredClone(dealer))).toEqual({ set: {}, remove: [] });
    expect(apply(dealer, { set: { 'rules.none.when': 'x', 'fields.tier': { name: 'another' } }, remove: ['nothing', 'fields.none'] })).toEqual(dealer);
    expect(same([1, { a: 1 }], [1, { a: 1 }])).toBe(true);
    expect(same({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  });
});

const packages = (): Packages => ({
  channel: { 'objects/dealer/object.json': write(dealer), 'objects/dealer/layouts/main.json': write({ name: 'main', sections: [{ label: 'A', fields: [{ field: 'city' }] }] }) },
  sales: { 'extend/dealer.json': write({ object: 'dealer', fields: [{ name: 'sold', type: 'int' }] }), 'extend/other.json': write({ object: 'other', fields: [] }) },
  absent: { 'extend/dealer.json': write({ object: 'dealer', whenInstalled: 'nowhere', fields: [{ name: 'never', type: 'int' }] }) },
  tenant: {},
});

describe('files', () => {
  it('have objects with what extensions add', () => {
    const o = objectOf(packages(), 'dealer')!;
    expect((o.doc.fields as Doc[]).map((f) => f.name)).toEqual(['tier', 'city', 'sold']);
    expect(o.from).toMatchObject({ 'fields.tier': 'channel', 'fields.sold': 'sales', 'rules.sane': 'channel' });
    expect(objectsOf(packages()).map((x) => x.name)).toEqual(['dealer']);
    expect(objectOf(packages(), 'none')).toBeUndefined();
  });
  it('keep changes of an object where each belongs', () => {
    const all = packages();
    const o = objectOf(all, 'dealer')!;
    const doc = structuredClone(o.doc);
    const fields = doc.fields as Doc[];
    fields[0]!.required = true; // the vendor's
    fields[2]!.label = { en: 'Sold' }; // another package's
    fields.push({ name: 'own', type: 'text' });
    (doc.rules as Doc[]).push({ name: 'mine', when: 'true', message: { en: 'x' } });
    const files = withObject(all, o, doc);
    expect(Object.keys(files).sort()).toEqual(['extend/dealer.json', 'overlays/channel/objects/dealer/object.json', 'overlays/sales/extend/dealer.json', 'tenon.json']);
    expect(read(files['overlays/channel/objects/dealer/object.json'])).toEqual({ set: { 'fields.tier.required': true } });
    expect(read(files['overlays/sales/extend/dealer.json'])).toEqual({ set: { 'fields.sold.label': { en: 'Sold' } } });
    expect(read(files['extend/dealer.json'])).toEqual({ object: 'dealer', fields: [{ name: 'own', type: 'text' }], rules: [{ name: 'mine', when: 'true', message: { en: 'x' } }] });
    const again = { ...all, tenant: files };
    expect(objectOf(again, 'dealer')!.doc).toEqual(doc);
    expect(Object.keys(withObject(again, objectOf(again, 'dealer')!, o.doc))).toEqual(['tenon.json']); // all taken back
  });
  it('of the tenant are written as they are', () => {
    const all = packages();
    const files = withDoc(all, { pkg: 'tenant', path: 'roles/a.json' }, { name: 'a' });
    expect(docOf({ ...all, tenant: files }, { pkg: 'tenant', path: 'roles/a.json' })).toEqual({ name: 'a' });
    expect('roles/a.json' in withDoc({ ...all, tenant: files }, { pkg: 'tenant', path: 'roles/a.json' }, undefined)).toBe(false);
    expect(read('{')).toBeUndefined();
    expect(read('[]')).toBeUndefined();
  });
  it('and drafts of them are each other', () => {
    const base = { a: '1', b: '2', c: '3' };
    const draft = { a: 'x', b: null, d: '4' };
    expect(changed(base, drafted(base, draft))).toEqual(draft);
    expect(changed(base, base)).toEqual({});
  });
  it('that give names are told from those that only judge', () => {
    const files = { 'tenon.json': '{}', 'objects/a/object.json': write({ name: 'a', fields: [], rules: [{ name: 'half' }] }), 'objects/a/layouts/x.json': '{}', 'approvals/x.json': '{', 'overlays/c/objects/d/object.json': write({ set: { 'rules.x.when': 'a >', 'label.en': 'D' }, remove: ['rules.y', 'fields.z'] }) };
    expect(Object.fromEntries(Object.entries(namingFiles(files)).map(([k, v]) => [k, read(v)]))).toEqual({ 'tenon.json': {}, 'objects/a/object.json': { name: 'a', fields: [] }, 'overlays/c/objects/d/object.json': { set: { 'label.en': 'D' }, remove: ['fields.z'] } });
  });
  it('tell where a field is used', () => {
    expect(usedIn(packages(), 'dealer', 'fields', 'city')).toEqual(['channel/objects/dealer/layouts/main.json']);
    expect(usedIn(packages(), 'dealer', 'fields', 'tier')).toEqual(['channel/objects/dealer/object.json']);
    expect(usedIn(packages(), 'dealer', 'fields', 'sold')).toEqual([]);
  });
});

describe('layouts', () => {
  const sections: Section[] = [
    { label: 'A', fields: [{ field: 'a' }, { field: 'b', wide: true }] },
    { label: 'B', fields: [{ field: 'c' }] },
  ];
  const names = (s: Section[]) => s.map((x) => x.fields.map((f) => f.field).join(''));
  it('place fields within and between sections, and new ones', () => {
    expect(names(place(sections, 'b', 0, 0))).toEqual(['ba', 'c']);
    expect(names(place(sections, 'b', 1, 0))).toEqual(['a', 'bc']);
    expect(place(sections, 'b', 1, 0)[1]!.fields[0]).toEqual({ field: 'b', wide: true });
    expect(names(place(sections, 'z', 1, 9))).toEqual(['ab', 'cz']);
    expect(names(place(sections, 'a', 7, 0))).toEqual(['ab', 'c']);
    expect(names(without(sections, 'c'))).toEqual(['ab', '']);
    expect(where(sections, 'c')).toEqual({ section: 1, at: 0 });
    expect(where(sections, 'z')).toBeUndefined();
  });
  it('never lose or double a field, wherever it is put', () => {
    for (const f of ['a', 'b', 'c']) for (const s of [0, 1]) for (let i = -1; i < 5; i++) expect(names(place(sections, f, s, i)).join('').split('').sort().join('')).toBe('abc');
  });
  it('move members of lists', () => {
    expect(moved([1, 2, 3], 0, 2)).toEqual([2, 3, 1]);
    expect(moved([1, 2, 3], 2, -1)).toEqual([3, 1, 2]);
    expect(moved([1], 4, 0)).toEqual([1]);
  });
});

const flow: Json = [
  { id: 'first', kind: 'approve' },
  {
    id: 'size',
    kind: 'condition',
    default: 'small',
    branches: [
      { id: 'large', when: 'large', flow: [{ id: 'boss', kind: 'approve' }] },
      { id: 'open', when: 'vars.x', flow: [{ id: 'perhaps', kind: 'approve' }] },
      { id: 'small', flow: [{ id: 'clerk', kind: 'approve', when: 'never' }] },
    ],
  },
  { id: 'both', kind: 'parallel', branches: [{ id: 'x', flow: [] }, { id: 'y', flow: [] }] },
];

describe('flows', () => {
  it('are changed by paths, and never in place', () => {
    const before = structuredClone(flow);
    const more = insert(flow, [1, 'branches', 0, 'flow', 1], newNode('approve', ids(flow)));
    expect(ids(more)).toEqual(['first', 'size', 'boss', 'approve', 'perhaps', 'clerk', 'both']);
    expect(ids(set(more, [1, 'branches', 0, 'flow', 0], undefined))).not.toContain('boss');
    expect(at(set(flow, [0, 'name', 'en'], 'X'), [0, 'name', 'en'])).toBe('X');
    expect(at(flow, [9, 'x'])).toBeUndefined();
    expect(flow).toEqual(before);
  });
  it('name new nodes of every kind apart', () => {
    expect(fresh('approve', ['approve', 'approve_2'])).toBe('approve_3');
    for (const kind of nodeKinds) expect(newNode(kind, [kind])).toMatchObject({ id: `${kind}_2`, kind });
  });
  const told: [string, Record<string, boolean | null>, Record<string, string>][] = [
    ['the first branch that holds', { large: true }, { boss: 'yes', perhaps: 'no', clerk: 'no', x: 'yes' }],
    ['the default', { large: false, 'vars.x': false, never: true }, { boss: 'no', perhaps: 'no', clerk: 'yes', y: 'yes' }],
    ['what is open', { large: false, 'vars.x': null, never: true }, { boss: 'no', perhaps: 'maybe', clerk: 'maybe' }],
    ['what is passed over', { large: false, 'vars.x': false, never: false }, { clerk: 'no' }],
  ];
  it.each(told)('tell the way: %s', async (_, holds, want) => {
    const reached = await trace(flow, (c) => Promise.resolve(holds[c] ?? null));
    const places: Record<string, string> = { boss: '1.branches.0.flow.0', perhaps: '1.branches.1.flow.0', clerk: '1.branches.2.flow.0', x: '2.branches.0', y: '2.branches.1' };
    for (const [id, r] of Object.entries(want)) expect(reached[places[id]!], id).toBe(r);
  });
  it('go back and forth', () => {
    let h = step(step(begin(1), 2), 3);
    h = undo(undo(undo(h)));
    expect(h.now).toBe(1);
    expect(redo(h).now).toBe(2);
    expect(step(redo(h), 9).next).toEqual([]);
  });
});

describe('permissions', () => {
  it('hold together', () => {
    let p: Doc = withOperation({ name: 's' }, 'visit', 'update', true);
    expect(p.objects).toEqual({ visit: { allow: ['read', 'update'] } });
    p = withField(p, 'visit', 'cost', 'masked');
    expect(fieldLevel(p, 'visit', 'cost')).toBe('masked');
    p = withOperation(p, 'visit', 'viewAll', true);
    expect(allows(p, 'visit', 'viewAll')).toBe(true);
    expect(allows(p, 'visit', 'delete')).toBe(false);
    expect(withField(p, 'visit', 'cost', undefined).objects).toEqual({ visit: { allow: ['read', 'update'], viewAll: true } });
    expect(withOperation(p, 'visit', 'read', false).objects).toEqual({});
  });
});

describe('plans', () => {
  const e = (op: '+' | '~' | '-' | '±', address: string, c: 'additive' | 'rewriting' | 'destructive') => ({ op, address, class: c, summary: {} });
  it('are read by what they belong to, losses first', () => {
    const entries = [e('+', 'object.visit', 'additive'), e('+', 'object.visit.field.a', 'additive'), e('±', 'object.dealer.field.b', 'rewriting'), e('-', 'object.dealer.field.c', 'destructive')];
    expect(grouped(entries).map((g) => [g.of, g.entries.map((x) => x.op).join('')])).toEqual([
      ['object.dealer', '-±'],
      ['object.visit', '++'],
    ]);
    expect(totals(entries)).toEqual({ add: 2, change: 1, remove: 1 });
  });
});

describe('forms', () => {
  const root: Schema = {
    $defs: { Text: { type: ['string', 'object'] }, name: { type: 'string' }, Member: { type: 'object', properties: { a: { type: 'string' } } }, 'field.text': { properties: { maxLength: { type: 'integer' } }, required: ['maxLength'] } },
    properties: { type: { enum: ['text', 'date'] } },
    required: ['type'],
    allOf: [Object.fromEntries([
      ['if', { properties: { type: { const: 'text' } } }],
      ['th' + 'en', { $ref: '#/$defs/field.text' }],
    ])],
  };
  it('have what the type beside brings', () => {
    expect(propertiesOf(root, root, { type: 'text' }).map((p) => [p.name, p.required])).toEqual([['type', true], ['maxLength', true]]);
    expect(propertiesOf(root, root, { type: 'date' }).map((p) => p.name)).toEqual(['type']);
  });
  it('know how a value is typed', () => {
    const shapes: [Schema, string][] = [
      [{ $ref: '#/$defs/Text' }, 'text'],
      [{ $ref: '#/$defs/name' }, 'string'],
      [{ enum: ['a'] }, 'choice'],
      [{ type: 'boolean' }, 'flag'],
      [{ type: 'array', items: { enum: ['a'] } }, 'choices'],
      [{ type: 'array', items: { type: 'string' } }, 'strings'],
      [{ type: 'array', items: { $ref: '#/$defs/Member' } }, 'list'],
      [{ $ref: '#/$defs/Member' }, 'object'],
      [{ type: 'object', additionalProperties: { type: 'string' } }, 'map'],
      [{}, 'json'],
    ];
    for (const [s, want] of shapes) expect(shapeOf(root, s), JSON.stringify(s)).toBe(want);
  });
  it('find places in texts that the server counts in bytes', () => {
    const at = units('a名😀b');
    expect([0, 1, 4, 8, 9, 99].map(at)).toEqual([0, 1, 2, 4, 5, 5]);
  });
});

describe('translations', () => {
  it('that lack a language are found and given', () => {
    const all = packages();
    const found = missing(all);
    expect(found.map((m) => m.at.join('.'))).toEqual(['fields.0.label', 'rules.0.message', 'sections.0.label']);
    const steps = { a: { 'flows/a.json': write({ label: { en: 'A', 'zh-CN': '甲' }, steps: [{ id: 's', label: 'Send', message: 'template', subject: "'x'", set: { title: "'y'", label: { en: 'z' } } }] }) } };
    expect(missing(steps).map((m) => m.at.join('.'))).toEqual(['steps.0.label']);
    expect((translated(all, found[0]!, 'zh-CN', '等级').fields as Doc[])[0]!.label).toEqual({ en: 'Tier', 'zh-CN': '等级' });
  });
});
