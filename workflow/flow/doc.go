// Package flow decides how a run of an automation goes on. Apply is a function from a state, a command,
// the time and the world to the next state, what is to be told, and what is to happen later; the same
// arguments give the same outcome. What an expression is worth and what a step does to records is the
// World's to say; storing, time and who may see a run do not belong here: workflow/engine keeps what
// this package decides.
//
// A run is a set of lanes. Each lane is a stack of sequences with a place in each; a block that runs
// branches at once gives each a lane, and waits for all of them. One command carries out at most one
// step that touches records, with all that only decides behind it: what such a step does and the
// state after it are stored together, and when it fails nothing of it has happened.
package flow
