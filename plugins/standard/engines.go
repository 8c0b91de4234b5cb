package standard

import "github.com/tenon-platform/tenon/runtime/action"

// Engines are the engines that record actions may call.
func Engines() action.Engines {
	return action.NewEngines()
}
