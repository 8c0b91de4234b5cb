function main({loan, through, times}) {
  let sent = null;
  for (let i = 0; i < (times ?? 1); i++) sent = http.send(through ?? 'bank', {record: loan, values: {loan, rate: 0.5, n: i}});
  return {sent};
}
