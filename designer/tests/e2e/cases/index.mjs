export * from './signin.mjs';
export * from './list.mjs';
