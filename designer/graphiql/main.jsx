// The page /graphiql: GraphiQL over one of the two doors, /graphql and /admin/graphql.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { parse } from 'graphql';
import { createClient } from 'graphql-ws';
import 'graphiql/graphiql.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { useMemo, useState } from 'react';
import './page.css';

// What lays style sheets into the page is to sign them as the server's policy asks.
setNonce(document.querySelector('meta[name=nonce]').content);

const zh = navigator.language.startsWith('zh');
const texts = zh
  ? { records: '业务数据', admin: '管理', door: 'GraphQL 端点', signin: '登录', sdl: 'Schema', hello: '# 按 Ctrl+Enter 执行，Ctrl+空格补全。\n# 未登录时请先在首页登录，或在 Headers 中填入 {"Authorization": "Bearer 密钥"}。\n\n{ __schema { queryType { fields { name description } } } }\n' }
  : { records: 'Records', admin: 'Administration', door: 'GraphQL door', signin: 'Sign in', sdl: 'Schema', hello: '# Ctrl+Enter runs, Ctrl+Space completes.\n# Sign in on the start page first, or give {"Authorization": "Bearer KEY"} under Headers.\n\n{ __schema { queryType { fields { name description } } } }\n' };

const doors = { records: '/graphql', admin: '/admin/graphql' };

// csrf is the token that goes along with the session's cookie, which other sites cannot read.
const csrf = () => document.cookie.match(/(?:^|; )tenon_csrf=([^;]+)/)?.[1] ?? '';

// storage keeps the tabs and the history of each door apart.
function storage(door) {
  const key = (name) => `tenon:${door}:${name}`;
  return {
    get length() { return localStorage.length; },
    clear: () => Object.keys(localStorage).filter((k) => k.startsWith(key(''))).forEach((k) => localStorage.removeItem(k)),
    getItem: (name) => localStorage.getItem(key(name)),
    setItem: (name, value) => localStorage.setItem(key(name), value),
    removeItem: (name) => localStorage.removeItem(key(name)),
  };
}

// current lets a fetcher see the query that is sent: GraphiQL's own reading of it comes a moment
// later, and a subscription that is run at once would be taken for a query.
const current = (fetcher) => (params, options) => {
  let documentAST;
  try {
    documentAST = parse(params.query);
  } catch {
    documentAST = options?.documentAST; // the server says what is wrong
  }
  return fetcher(params, { ...options, documentAST });
};

function Page() {
  const [door, setDoor] = useState(new URLSearchParams(location.search).get('door') === 'admin' ? 'admin' : 'records');
  const [fetcher, kept] = useMemo(() => {
    const answer = (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'accept-language': navigator.language, 'x-csrf-token': csrf() } });
    const wsClient = door === 'records' ? createClient({ url: new URL(doors[door], location.href).href.replace(/^http/, 'ws'), connectionParams: () => ({ csrf: csrf() }) }) : undefined;
    return [current(createGraphiQLFetcher({ url: doors[door], fetch: answer, wsClient })), storage(door)];
  }, [door]);
  const choose = (e) => {
    history.replaceState(null, '', e.target.value === 'admin' ? '?door=admin' : location.pathname);
    setDoor(e.target.value);
  };
  return (
    <GraphiQL key={door} fetcher={fetcher} storage={kept} defaultQuery={texts.hello} shouldPersistHeaders={false}>
      <GraphiQL.Logo>
        <select className="door" aria-label={texts.door} value={door} onChange={choose}>
          {Object.keys(doors).map((d) => <option key={d} value={d}>{texts[d]}</option>)}
        </select>
        <a className="door" href="/">{texts.signin}</a>
        <a className="door" href="/docs">{zh ? '文档' : 'Documents'}</a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

document.documentElement.lang = zh ? 'zh-CN' : 'en';
createRoot(document.getElementById('graphiql')).render(<Page />);
