// Package workflow is the folder of what runs over time: approvals, automations and scripts, on
// one durable engine. It holds no code yet; records, metadata and the API stand without it.
package workflow
