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
  floats() { return {total: dec(0.1)}; },
  undeclared() { refuse('NOWHERE'); },
  nested() { records.create('quote', {dealer: {create: {name: 'x'}}}); },
  connected() { records.create('quote', {dealerId: {connect: {code: 'b'}}}); },
  find() { const d = records.find('dealer', {code: 'b'}); return {id: d && d.name}; },
};
