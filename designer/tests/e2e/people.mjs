// People of the demo data who sign in.
import { execFileSync } from 'node:child_process';
import { password } from './machine.mjs';

/** loginOf gives a user of the demo data a login, once, and signs them in on a page. */
export async function loginOf(s, page, name) {
  const { server } = s;
  server.logins ??= new Set();
  if (!server.logins.has(name)) {
    const token = execFileSync(server.binary, ['user', 'create', '--data', server.data, name], { env: server.env, encoding: 'utf8' }).trim().split('\n').at(-1);
    const answer = await page.request.post(`${s.url}/password`, { data: { token, password: `${password} of ${name}` } });
    if (!answer.ok()) throw new Error(`password of ${name}: ${await answer.text()}`);
    server.logins.add(name);
  }
  await s.signIn(page, name, `${password} of ${name}`);
}
