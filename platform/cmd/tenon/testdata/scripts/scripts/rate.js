const steps = [['100000', '0.03'], ['10000', '0.045'], ['1000', '0.06']];

function main({amount}) {
  for (const [from, rate] of steps) {
    if (dec(amount).gte(from)) return {rate};
  }
  if (dec(amount).eq(13)) for (;;);
  refuse('TOO_LOW');
}
