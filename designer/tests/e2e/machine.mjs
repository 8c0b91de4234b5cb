// The server under test and the browser that looks at it.
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';

export const password = 'a password of the tests';

/** startServer serves a new data directory with demo data. */
export async function startServer(binary, data) {
  const env = { ...process.env, TENON_LANG: 'en', TENON_ADMIN_PASSWORD: password };
  const child = spawn(binary, ['serve', '--data', data, '--addr', '127.0.0.1:0', '--demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, failed) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      const at = (text += chunk).match(/ at (http:\/\/\S+)/);
      if (at) found(at[1]);
    });
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return {
    url,
    binary,
    data,
    env,
    stop: () =>
      new Promise((done) => {
        child.once('exit', done);
        child.kill();
      }),
  };
}

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
