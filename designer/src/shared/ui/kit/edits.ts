// The inputs, which are loaded when something is typed.
export * from './inputs';
export * from './more';
export * from './reference';
