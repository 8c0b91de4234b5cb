function main({loan, who}) {
  for (const key of ['once', 'once', 'twice']) notify.send('rated', loan, [who], key);
  return {};
}
