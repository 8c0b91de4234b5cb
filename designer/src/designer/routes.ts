// The routes below /setup, each of which brings its page as a lazy route.
import { createRoute, type AnyRoute } from '@tanstack/react-router';

export function setupRoutes(shell: AnyRoute): AnyRoute[] {
  const setup = createRoute({ getParentRoute: () => shell, path: '/setup' }).lazy(() => import('./setup').then((m) => m.Route));
  const under = () => setup;
  return [
    setup.addChildren([
      createRoute({ getParentRoute: under, path: '/' }).lazy(() => import('./setup/home').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/objects' }).lazy(() => import('./objects').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/objects/$object', validateSearch: (s: Record<string, unknown>): { tab?: string } => ({ tab: typeof s.tab === 'string' ? s.tab : undefined }) }).lazy(() => import('./objects/object').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/objects/$object/layouts/$layout' }).lazy(() => import('./layouts').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/access' }).lazy(() => import('./access').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/approvals' }).lazy(() => import('./process').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/approvals/$pkg/$key' }).lazy(() => import('./process/approval').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/flows' }).lazy(() => import('./process/flows').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/flows/$pkg/$key', validateSearch: (s: Record<string, unknown>): { run?: string } => ({ run: typeof s.run === 'string' ? s.run : undefined }) }).lazy(() => import('./process/flow').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/failures' }).lazy(() => import('./process/failures').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/files/$kind' }).lazy(() => import('./files').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/files/$kind/$pkg/$' }).lazy(() => import('./files/file').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/publish' }).lazy(() => import('./publish').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/history' }).lazy(() => import('./publish/history').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/packages' }).lazy(() => import('./publish/packages').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/translations' }).lazy(() => import('./publish/translations').then((m) => m.Route)),
      createRoute({ getParentRoute: under, path: '/audit' }).lazy(() => import('./publish/audit').then((m) => m.Route)),
    ]),
  ];
}
