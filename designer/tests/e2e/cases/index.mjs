export * from './signin.mjs';
export * from './list.mjs';
export * from './record.mjs';
export * from './story2.mjs';
export * from './approvals.mjs';
export * from './account.mjs';
export * from './search.mjs';
