// The checks of /graphiql and /docs: each is given a new page.
export function graphiql(url, password) {
  const write = async (page, query) => {
    await page.locator('.graphiql-query-editor .CodeMirror').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(query);
    await page.getByRole('button', { name: /^Execute query/ }).click();
  };
  const answered = (page, text) => page.locator('.result-window', { hasText: text }).waitFor({ timeout: 10_000 });
  return {
    // The form is the workspace's, and is tried there; the session is the browser's all the same.
    'sign in': async (page) => {
      const answer = await page.request.post(`${url}/login`, { data: { login: 'admin', password } });
      if (!answer.ok()) throw new Error(`sign in: ${answer.status()} ${await answer.text()}`);
    },
    'the documents of an object': async (page) => {
      await page.goto(`${url}/docs`);
      await page.getByRole('link', { name: 'Account', exact: true }).click();
      await page.getByRole('heading', { name: 'Fields' }).waitFor();
      await page.getByRole('link', { name: '中文' }).click();
      await page.getByRole('heading', { name: '字段' }).waitFor();
    },
    'a query of records': async (page) => {
      await page.goto(`${url}/graphiql`);
      await write(page, '{ dealers(first: 1) { totalCount nodes { dealerNo } } }');
      await answered(page, 'DL-');
    },
    'a query of the administration': async (page) => {
      await page.goto(`${url}/graphiql`);
      await page.getByLabel('GraphQL door').selectOption('admin');
      await page.waitForURL('**/graphiql?door=admin');
      await write(page, '{ __schema { queryType { name } } }');
      await answered(page, 'queryType');
    },
    'the documents of the schema': async (page) => {
      await page.goto(`${url}/graphiql`);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.getByRole('link', { name: 'Query' }).click();
      await page.getByRole('link', { name: 'accountAggregate', exact: true }).waitFor({ timeout: 10_000 });
    },
    completion: async (page) => {
      await page.goto(`${url}/graphiql`);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click(); // the schema is there when it shows
      await page.getByRole('link', { name: 'Query' }).waitFor({ timeout: 10_000 });
      await page.locator('.graphiql-query-editor .CodeMirror').click();
      await page.keyboard.press('Control+a');
      await page.keyboard.insertText('{ dealerAggr');
      await page.keyboard.press('Control+Space');
      await page.locator('.CodeMirror-hints', { hasText: 'dealerAggregate' }).waitFor({ timeout: 10_000 });
    },
    'a subscription': async (page) => {
      await page.goto(`${url}/graphiql`);
      await write(page, 'subscription { accountChanged { verb } }');
      await page.getByRole('button', { name: /^Stop query/ }).waitFor();
      // It hears what is written after it has begun, and the page does not show when that is.
      const told = answered(page, 'create').then(() => true);
      do {
        const made = await page.evaluate(async () => {
          const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': document.cookie.match(/tenon_csrf=([^;]+)/)[1] }, body: JSON.stringify({ query: 'mutation { createAccount(input: {name: "Seen"}) { account { id } } }' }) });
          return answer.json();
        });
        if (made.errors) throw new Error(JSON.stringify(made));
      } while (!(await Promise.race([told, page.waitForTimeout(500)])));
    },
  };
}
