// The second lane of cases, beside the first, on a server of its own. Both should take about as long.
export * from './story1.mjs';
export * from './story2.mjs';
export * from './import.mjs';
export { setupRoutes } from './routes.mjs';
export * from './flows.mjs';
export * from './operate.mjs';
export * from './tables.mjs';
export * from './packages.mjs';
export * from './keeping.mjs';
export * from './timeline.mjs';
