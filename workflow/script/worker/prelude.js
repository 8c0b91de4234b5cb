// What scripts find beside the language. It runs before each script, in a machine of its own, and
// gives the worker what it calls. native is the worker's side.
(function (native) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf } = Object;
  const { apply, ownKeys } = Reflect;
  const then = Promise.prototype.then;
  const isArray = Array.isArray;
  const notes = new WeakMap(); // what is known of errors: {call} or {code, details}
  const noted = WeakMap.prototype.get, note = WeakMap.prototype.set;
  const isSafeInteger = Number.isSafeInteger;
  const Text = String, Fault = Error, TypeFault = TypeError;

  // Calls to the server.

  class HostError extends Fault {
    constructor(code, message) {
      super(message);
      defineProperty(this, 'name', { value: 'HostError' });
      defineProperty(this, 'code', { value: code });
    }
  }

  function call(name, args) {
    const answer = native.call(name, stringify(args));
    if (answer[0] === '=') return parse(answer.slice(1));
    const { code, message, n } = parse(answer.slice(1));
    const e = new HostError(code, message);
    apply(note, notes, [e, { call: n }]);
    throw e;
  }

  const modules = parse(native.modules());
  for (const name in modules) {
    const module = {};
    for (let i = 0; i < modules[name].length; i++) {
      const full = name + '.' + modules[name][i];
      module[modules[name][i]] = (...args) => call(full, args);
    }
    globalThis[name] = module;
  }

  globalThis.refuse = function refuse(code, details) {
    const e = new Fault('refused: ' + code);
    apply(note, notes, [e, { code: Text(code), details: details === undefined ? {} : details }]);
    throw e;
  };

  // The log.

  function show(x) {
    if (typeof x === 'string') return x;
    if (x instanceof Fault) return Text(x.name) + ': ' + Text(x.message);
    if (typeof x === 'object' && x !== null) {
      const s = stringify(x);
      return s === undefined ? Text(x) : s;
    }
    return typeof x === 'symbol' ? 'Symbol()' : Text(x);
  }
  globalThis.console = {};
  for (const level of ['debug', 'info', 'log', 'warn', 'error']) {
    console[level] = (...args) => {
      let s = '';
      for (let i = 0; i < args.length; i++) s += (i ? ' ' : '') + show(args[i]);
      native.log(level === 'log' ? 'info' : level, s);
    };
  }

  // Exact decimals.

  const made = {}; // tells the constructor that a value was computed here
  class Decimal {
    #v;
    constructor(mark, v) {
      if (mark !== made) throw new TypeFault('write dec("1.23") to make a decimal');
      this.#v = v;
      freeze(this);
    }
    static of(x) {
      if (typeof x === 'object' && x !== null && #v in x) return x;
      if (typeof x === 'string') return new Decimal(made, native.dec('', x, '', 0));
      if (isSafeInteger(x) || typeof x === 'bigint') return new Decimal(made, native.dec('', Text(x), '', 0));
      if (typeof x === 'number') throw new TypeFault('a number with a fraction is not exact: write it as text, dec("0.1")');
      throw new TypeFault(x === null || x === undefined ? 'there is no decimal: the value is null' : 'this is no decimal');
    }
    static #do(op, a, b, digits) {
      const v = native.dec(op, a.#v, b === undefined ? '' : Decimal.of(b).#v, digits === undefined ? 0 : digits);
      return v === '' ? null : new Decimal(made, v);
    }
    static #cmp(a, b) { return native.cmp(a.#v, Decimal.of(b).#v); }
    add(x) { return Decimal.#do('add', this, x); }
    sub(x) { return Decimal.#do('sub', this, x); }
    mul(x) { return Decimal.#do('mul', this, x); }
    div(x) { return Decimal.#do('div', this, x); }
    rem(x) { return Decimal.#do('rem', this, x); }
    neg() { return Decimal.#do('neg', this); }
    abs() { return Decimal.#do('abs', this); }
    floor() { return Decimal.#do('floor', this); }
    ceil() { return Decimal.#do('ceil', this); }
    round(digits) { return Decimal.#do('round', this, undefined, digits); }
    cmp(x) { return Decimal.#cmp(this, x); }
    eq(x) { return Decimal.#cmp(this, x) === 0; }
    lt(x) { return Decimal.#cmp(this, x) < 0; }
    lte(x) { return Decimal.#cmp(this, x) <= 0; }
    gt(x) { return Decimal.#cmp(this, x) > 0; }
    gte(x) { return Decimal.#cmp(this, x) >= 0; }
    isZero() { return Decimal.#cmp(this, 0) === 0; }
    toFixed(digits) { return native.fixed(this.#v, digits); }
    toString() { return this.#v; }
    toJSON() { return this.#v; }
    [Symbol.toPrimitive](hint) {
      if (hint === 'string') return this.#v;
      throw new TypeFault('decimals are not computed with operators: write a.add(b), a.lt(b) …');
    }
  }
  defineProperty(Decimal.prototype, 'constructor', { value: undefined });
  globalThis.dec = (x) => Decimal.of(x);

  // Pure functions of the platform.

  globalThis.normalise = {};
  for (const name of ['text', 'phone', 'email', 'company', 'name']) normalise[name] = (s) => native.normalise(name, Text(s));
  globalThis.similar = {};
  for (const name of ['exact', 'prefix', 'dice', 'levenshtein', 'jaroWinkler']) {
    similar[name] = (a, b, n) => Decimal.of(native.similar(name, Text(a), Text(b), n === undefined ? 0 : n));
  }
  function all(list) {
    if (!isArray(list)) throw new TypeFault('a list of decimals was expected');
    const out = [];
    for (let i = 0; i < list.length; i++) {
      if (list[i] !== null && list[i] !== undefined) out[out.length] = Text(Decimal.of(list[i]));
    }
    return stringify(out);
  }
  globalThis.stats = {};
  for (const name of ['sum', 'mean', 'min', 'max', 'median', 'variance', 'deviation']) {
    stats[name] = (list) => { const v = native.stats(name, all(list), ''); return v === '' ? null : Decimal.of(v); };
  }
  stats.quantile = (list, q) => { const v = native.stats('quantile', all(list), Text(Decimal.of(q))); return v === '' ? null : Decimal.of(v); };

  globalThis.codes = {
    clean: (s, format) => native.codes('clean', Text(s), stringify(format)),
    right: (s, format) => native.codes('right', Text(s), stringify(format)),
  };

  globalThis.ladder = (mode, steps, measure, by) => {
    const given = [];
    for (let i = 0; i < steps.length; i++) {
      const s = steps[i];
      given[i] = [Text(Decimal.of(s.lower)), s.upper === null || s.upper === undefined ? '' : Text(Decimal.of(s.upper)), Text(Decimal.of(s.rate))];
    }
    const m = Decimal.of(measure);
    const r = parse(native.ladder(Text(mode), stringify(given), Text(m), Text(by === null || by === undefined ? m : Decimal.of(by))));
    const lines = [];
    for (let i = 0; i < r.lines.length; i++) {
      const [step, part, rate, amount] = r.lines[i];
      lines[i] = { step, part: Decimal.of(part), rate: Decimal.of(rate), amount: Decimal.of(amount) };
    }
    return { amount: Decimal.of(r.amount), reached: r.reached < 0 ? null : r.reached, lines };
  };

  // No code from text.

  const none = () => { throw new TypeFault('scripts cannot make code from text'); };
  for (const f of [function () {}, function* () {}, async function () {}, async () => {}]) {
    defineProperty(getPrototypeOf(f), 'constructor', { value: none, writable: false, configurable: false });
  }
  globalThis.Function = none;
  delete globalThis.eval;

  // What is there stays as it is. Where a script may well want to give an object of its own a
  // property that the prototype has, the prototype's becomes one that can be covered.

  function cover(proto, key) {
    const d = getOwnPropertyDescriptor(proto, key);
    if (!d || !('value' in d) || !d.configurable) return;
    const v = d.value;
    defineProperty(proto, key, {
      get() { return v; },
      set(x) {
        if (this === proto) throw new TypeFault('what the language gives cannot be changed');
        defineProperty(this, key, { value: x, writable: true, enumerable: true, configurable: true });
      },
      enumerable: d.enumerable, configurable: false,
    });
  }
  for (const key of ownKeys(Object.prototype)) cover(Object.prototype, key);
  for (const E of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]) {
    for (const key of ['name', 'message', 'toString']) cover(E.prototype, key);
  }

  // Functions themselves are left as they are: there are a thousand, and a machine serves one run.
  function keep(x) {
    freeze(x);
    const d = getOwnPropertyDescriptor(x, 'prototype');
    if (d && d.value) freeze(d.value);
  }
  for (const f of [function* () {}, async function () {}]) {
    freeze(getPrototypeOf(f));
    if (f.prototype) freeze(getPrototypeOf(f.prototype));
  }
  freeze(getPrototypeOf(getPrototypeOf(function* () {}.prototype)));
  for (const it of [[].values(), ''[Symbol.iterator](), new Map().entries(), new Set().values(), ''.matchAll(/x/g)]) {
    freeze(getPrototypeOf(it));
    freeze(getPrototypeOf(getPrototypeOf(it)));
  }
  freeze(getPrototypeOf(Uint8Array));
  freeze(getPrototypeOf(Uint8Array.prototype));
  keep(Decimal);
  keep(HostError);
  for (const key of ownKeys(globalThis)) {
    const d = getOwnPropertyDescriptor(globalThis, key);
    if (!('value' in d)) continue;
    const v = d.value;
    if (v !== globalThis && (typeof v === 'object' && v !== null || typeof v === 'function')) keep(v);
    defineProperty(globalThis, key, { writable: false, configurable: false });
  }

  // What the worker calls.

  let settled = false, result, failed = false, failure;
  return {
    start(name, input) {
      const f = globalThis[name];
      if (typeof f !== 'function') throw new TypeFault('the script has no function ' + name);
      const r = f(parse(input));
      if (typeof r === 'object' && r !== null) {
        try {
          apply(then, r, [(v) => { settled = true; result = v; }, (e) => { settled = true; failed = true; failure = e; }]);
          return;
        } catch { /* it is no promise */ }
      }
      settled = true;
      result = r;
    },
    finish() {
      if (!settled) throw new Fault('the script waits for a promise that nothing settles');
      if (failed) throw failure;
      const s = stringify(result);
      return s === undefined ? 'null' : s;
    },
    // describe tells of an exception, without trusting it.
    describe(e) {
      let known, text;
      if (typeof e === 'object' && e !== null) known = apply(noted, notes, [e]);
      try { text = show(e); } catch { text = 'an exception that cannot be shown'; }
      return stringify({ text: text.slice(0, 1000), call: known && known.call, code: known && known.code, details: known && known.details });
    },
  };
})
