// Package host is what approvals need of the platform around them: the versions of their
// definitions, the people and calendars that records name, the record that is decided upon, and
// what a decision writes to it. Who may give which command is workflow/approval/door's.
package host
