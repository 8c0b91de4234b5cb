// Package door lets callers into automations: it shows runs, and takes the commands of those who look
// after them, and decides who may. GraphQL and the plain paths stand over the same functions. How a run
// goes on is workflow/flow's.
package door
