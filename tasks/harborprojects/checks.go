package harborprojects

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/task"
)

const (
	docsRobots = "docs/operations.md#robot-accounts-in-harbor"
	docsOIDC   = "docs/operations.md#login-to-harbor"
)

// Checks look at the outcome: that images can be pulled and pushed, and that
// people can log in. The second one is for doctor alone: the identity provider
// may come after Harbor.
func (a *Application) Checks() []task.Check {
	if !a.values.Apps.Harbor.Enabled {
		return nil
	}
	return []task.Check{
		{Name: "credentials", Outcome: a.options.prove != proveNever, Run: a.checkCredentials},
		{Name: "identity provider", Run: a.checkIssuer},
	}
}

// checkCredentials logs in with one credential of each kind that we published,
// as its Secret holds it.
func (a *Application) checkCredentials(ctx context.Context) (string, error) {
	if a.inventory == nil {
		var err error
		if a.inventory, err = inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory); err != nil {
			return "", err
		}
	}
	var found []string
	for _, key := range a.samples() {
		if err := a.checkCredential(ctx, key); err != nil {
			return "", err
		}
		found = append(found, key.String())
	}
	if len(found) == 0 {
		return "no credential was published yet", nil
	}
	return strings.Join(found, ", ") + ": logged in", nil
}

// samples are the first credential of each kind, in the order of their names.
func (a *Application) samples() []credential.Key {
	names, desired := a.inventory.Remembered(), desiredCredentials(a.values, task.Scope{})
	slices.Sort(names)
	var keys []credential.Key
	for _, name := range names {
		key, known := credential.ParseKey(name)
		_, wanted := desired[name]
		if known && wanted && !slices.ContainsFunc(keys, func(k credential.Key) bool { return k.Kind.Name == key.Kind.Name }) {
			keys = append(keys, key)
		}
	}
	return keys
}

func (a *Application) checkCredential(ctx context.Context, k credential.Key) error {
	s, found, err := a.setting.Secrets.Secret(ctx, k.Project, k.Kind.Secret)
	if err != nil {
		return err
	}
	login := loginOf(k, s, a.values.Apps.Harbor.BaseRepoURL)
	accepted := false
	if found && login.Username != "" {
		if accepted, err = a.accepts(ctx, k.Project, login.Username, login.Password); err != nil {
			return err
		}
	}
	if accepted {
		return nil
	}
	return &task.Fault{
		Class: task.ClassUnsettled, Docs: docsRobots,
		Cause:  fmt.Sprintf("Harbor refuses what secret %s/%s holds", k.Project, k.Kind.Secret),
		Remedy: "run harbor-projects apply --prove always",
	}
}

// checkIssuer lets Harbor's own library compare the issuer, from Harbor's place
// in the network.
func (a *Application) checkIssuer(ctx context.Context) (string, error) {
	oidc := a.values.Apps.Harbor.OIDC
	if _, err := a.admin.PingOIDCWithResponse(ctx, harbor.PingOIDCJSONRequestBody{URL: &oidc.Endpoint, VerifyCert: &oidc.VerifyCert}); err != nil {
		return "", &task.Fault{
			Class: task.ClassUnsettled, Docs: docsOIDC, Err: err,
			Cause:  fmt.Sprintf("Harbor cannot use %s as its identity provider", oidc.Endpoint),
			Remedy: "compare apps.harbor.oidc.endpoint with the issuer in <endpoint>/.well-known/openid-configuration: both must be equal to the letter",
		}
	}
	return oidc.Endpoint + " answers as its own issuer", nil
}
