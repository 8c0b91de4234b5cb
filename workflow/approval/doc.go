// Package approval decides what happens in an approval process. Apply is a pure function from a
// state, a command, the time and the people concerned to the next state, the audit entries and
// the effects to carry out with them. Storing, time, timers, notifications, record writes and
// permission to see an instance do not belong here: workflow/engine runs what this package decides.
//
// A definition is a tree: a sequence of nodes, of which some hold branches that are sequences in
// turn. So every split has its join, and no instance can wait for a branch that nobody took.
package approval
