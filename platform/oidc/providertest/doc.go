// Package providertest signs people in to Tenon with a real OpenID provider, which the test starts.
// It is a module of its own, so that Tenon does not depend on the provider.
package providertest
