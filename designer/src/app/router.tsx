// The routes. Each feature brings its page as a lazy route of its own; what stands here is read at every start.
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { signedIn } from '@/shared/api/http';
import { indexQuery, objectQuery } from '@/shared/meta/load';
import { savedQuery } from '@/shared/meta/saved';
import { loadEdits } from '@/shared/ui/kit';
import { setupRoutes } from '@/designer/routes';
import { meQuery } from './session';
import { Failed, Loading, NotFound } from './states';
import { Shell } from './shell';

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

/** text reads what an address says, which the router reads as JSON where it can: numbers, and filters that somebody typed. */
const text = (v: unknown): string | undefined => (typeof v === 'string' ? v || undefined : typeof v === 'number' ? String(v) : Array.isArray(v) ? JSON.stringify(v) : undefined);

const signin = createRoute({ getParentRoute: () => root, path: '/signin', validateSearch: (s: Record<string, unknown>) => ({ next: text(s.next) }) }).lazy(() =>
  import('@/workspace/signin').then((m) => m.Route),
);

const invite = createRoute({ getParentRoute: () => root, path: '/invite' }).lazy(() => import('@/workspace/signin/invite').then((m) => m.Route));
const enrol = createRoute({ getParentRoute: () => root, path: '/enrol' }).lazy(() => import('@/workspace/account/enrol').then((m) => m.Route));

/** shell is around all pages of those who have signed in. */
export const shell = createRoute({
  getParentRoute: () => root,
  id: '_shell',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (!signedIn()) throw redirect({ to: '/signin', search: { next: location.href === '/' ? undefined : location.href } });
  },
  loader: ({ context }) =>
    context.client.ensureQueryData(indexQuery()).catch(async (e: unknown) => {
      const me = await context.client.fetchQuery({ ...meQuery(), staleTime: 0 }).catch(() => null);
      if (me?.totpRequired) throw redirect({ to: '/enrol' });
      throw e;
    }),
});

const home = createRoute({ getParentRoute: () => shell, path: '/' }).lazy(() => import('@/workspace/home').then((m) => m.Route));
const app = createRoute({ getParentRoute: () => shell, path: '/app/$app' }).lazy(() => import('@/workspace/home/app').then((m) => m.Route));

export interface ListSearch {
  view?: string;
  q?: string;
  sort?: string;
  filter?: string;
  date?: string; // calendars: a day of what is shown
  span?: string; // calendars: week, else month
}

const list = createRoute({
  getParentRoute: () => shell,
  path: '/o/$object',
  validateSearch: (s: Record<string, unknown>): ListSearch => ({ view: text(s.view), q: text(s.q), sort: text(s.sort), filter: text(s.filter), date: text(s.date), span: text(s.span) }),
  loader: ({ context: { client }, params: { object } }) =>
    Promise.all([client.ensureQueryData(objectQuery(object)), client.ensureQueryData(indexQuery()).then((index) => client.prefetchQuery(savedQuery(index, object)))]),
}).lazy(() => import('@/workspace/list').then((m) => m.Route));

const fresh = createRoute({
  getParentRoute: () => shell,
  path: '/o/$object/new',
  validateSearch: (s: Record<string, unknown>) => Object.fromEntries(Object.entries(s).filter(([, v]) => typeof v === 'string')) as Record<string, string>,
  loader: ({ context, params }) => context.client.ensureQueryData(objectQuery(params.object)),
}).lazy(() => Promise.all([import('@/workspace/form'), loadEdits()]).then(([m]) => m.Route));

const record = createRoute({
  getParentRoute: () => shell,
  path: '/o/$object/$id',
  loader: ({ context, params }) => context.client.ensureQueryData(objectQuery(params.object)),
}).lazy(() => import('@/workspace/record').then((m) => m.Route));

const inbox = createRoute({ getParentRoute: () => shell, path: '/inbox' }).lazy(() => import('@/workspace/inbox').then((m) => m.Route));

const me = createRoute({ getParentRoute: () => shell, path: '/me' }).lazy(() => import('@/workspace/account').then((m) => m.Route));
const told = createRoute({ getParentRoute: () => shell, path: '/notices' }).lazy(() => import('@/workspace/notices').then((m) => m.Route));
const imports = createRoute({ getParentRoute: () => shell, path: '/imports', validateSearch: (s: Record<string, unknown>): { object?: string } => ({ object: text(s.object) }) }).lazy(() => import('@/workspace/import').then((m) => m.Route));
const importJob = createRoute({ getParentRoute: () => shell, path: '/imports/$job' }).lazy(() => import('@/workspace/import/job').then((m) => m.Route));
const search = createRoute({ getParentRoute: () => shell, path: '/search', validateSearch: (s: Record<string, unknown>): { q?: string; object?: string } => ({ q: text(s.q), object: text(s.object) }) }).lazy(() => import('@/workspace/search').then((m) => m.Route));

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signin, invite, enrol, shell.addChildren([home, app, list, fresh, record, inbox, me, told, imports, importJob, search, ...setupRoutes(shell)])]),
    context: { client },
    defaultPendingComponent: Loading,
    defaultPendingMs: 300,
    defaultErrorComponent: Failed,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
