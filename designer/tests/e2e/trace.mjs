// What a page's main thread is busy with, in time of processors, which other programs do not change.

/** longestTask gives the longest task, in ms, of a page's main thread while something is done. */
export async function longestTask(browser, page, act) {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const main = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid}:${e.tid}`));
  const tasks = traceEvents.filter((e) => e.tdur !== undefined && main.has(`${e.pid}:${e.tid}`));
  if (tasks.length === 0) throw new Error('the trace has no task of a page');
  return Math.max(...tasks.map((e) => e.tdur)) / 1000;
}
