// The server audits of graphql-http: GraphQL over HTTP, one audit for each sentence of the specification.
import { auditServer } from 'graphql-http';

// audit runs the audits against a URL and gives those that are not ok as lines of text.
export async function audit(url, headers) {
  const results = await auditServer({
    url,
    fetchFn: (target, options = {}) => fetch(target, { ...options, headers: { ...headers, ...options.headers } }),
  });
  const failed = results.filter((r) => r.status !== 'ok').map((r) => `${r.status} ${r.id} ${r.name}: ${r.reason}`);
  return { count: results.length, failed };
}
