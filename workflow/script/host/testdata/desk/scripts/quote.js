const hours = {key: 'cn', zone: 'Asia/Shanghai', week: {mon: ['09:00-18:00'], tue: ['09:00-18:00'], wed: ['09:00-18:00'], thu: ['09:00-18:00'], fri: ['09:00-18:00']}};

function main({dealer, price, count, mode}) {
  if (modes[mode]) {
    return modes[mode](dealer);
  }
  const d = records.get('dealer', dealer);
  const total = dec(price).mul(count).mul(dec(1).sub(d.discount ?? 0)).round(2);
  if (total.gt(1000)) {
    refuse('TOO_HIGH', {total});
  }
  const q = records.create('quote', {dealerId: dealer, title: normalise.text('  Quote  For ') + d.name, total, due: calendar.addDays(hours, new Date().toISOString(), 5)});
  console.log('made', q.id);
  return {id: q.id, total, quotes: records.aggregate('quote', {filter: {dealerId: {eq: dealer}}}).count};
}

const modes = {
  loop() { for (;;); },
  secret(dealer) { return {id: String(records.get('dealer', dealer).secret)}; },
  guess() { return {id: records.find('dealer', {secret: 'x'}).id}; },
  filter() { return {quotes: records.query('dealer', {filter: {secret: {eq: 'x'}}}).length}; },
  dealers() { return {quotes: records.query('dealer', {orderBy: [{name: 'DESC'}]}).length, id: records.query('dealer', {filter: {or: [{name: {eq: 'B'}}, {code: {in: ['a']}}]}, orderBy: [{name: 'ASC'}]}).map((x) => x.name).join()}; },
  outside() { return records.query('user', {}); },
  change(dealer) { return records.update('dealer', dealer, {name: 'x'}); },
  bad(dealer) { try { records.create('quote', {total: -1}); } catch {} return {total: 1}; },
  missing() { return records.get('dealer', 'dealer_1'); },
  caught() { try { records.get('dealer', 'dealer_1'); } catch (e) { return {id: e.code}; } },
  lies() { return {total: 'much'}; },
  elsewhere() { return {id: http.send('bank', {values: {}})}; },
  untold(dealer) { return notify.send('other', dealer, []); },
  floats() { return {total: dec(0.1)}; },
  undeclared() { refuse('NOWHERE'); },
  nested() { records.create('quote', {dealer: {create: {name: 'x'}}}); },
  connected() { records.create('quote', {dealerId: {connect: {code: 'b'}}}); },
  stated(dealer) { const q = records.create('quote', {dealerId: dealer, state: 'made'}); return {id: q.state + ' ' + records.update('quote', q.id, {state: 'changed'}).state}; },
  stamped() { records.create('quote', {createdAt: '2026-01-01T00:00:00Z'}); },
  incremental() { return laddered('incremental', '3600000'); },
  retroactive() { return laddered('retroactive', '3600000'); },
  growth() { const r = ladder('retroactive', [{lower: 0, upper: '0.3', rate: '0.02'}, {lower: '0.3', rate: '0.03'}], '150000', '0.3'); return {total: r.amount, quotes: r.reached}; },
  gap() { return ladder('fixed', [{lower: 0, upper: 1, rate: 1}, {lower: 2, rate: 1}], 1); },
  nothing() { const r = ladder('per_unit', [{lower: 10, rate: 1}], 1); return {total: r.amount, quotes: r.reached, id: r.lines.length + ''}; },
  find() { const d = records.find('dealer', {code: 'b'}); return {id: d && d.name}; },
};

function laddered(mode, measure) {
  const r = ladder(mode, [{lower: 0, upper: '1000000', rate: '0.01'}, {lower: '1000000', upper: '3000000', rate: '0.02'}, {lower: '3000000', rate: '0.03'}], measure);
  return {total: r.amount, quotes: r.reached, id: r.lines.map((x) => `${x.step}: ${x.part} x ${x.rate} = ${x.amount}`).join()};
}
