// Package workflow is the folder of what runs over time, on one durable engine: approvals today. It
// holds no code itself; records, metadata and the API stand without it.
package workflow
