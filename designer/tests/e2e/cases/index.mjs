// The first lane of cases: they are played in the order of their names, on one server, beside those of beside.mjs.
export * from './signin.mjs';
export * from './list.mjs';
export * from './record.mjs';
export * from './approvals.mjs';
export * from './account.mjs';
export * from './search.mjs';
export * from './bulk.mjs';
export * from './views.mjs';
export { workspaceRoutes } from './routes.mjs';
