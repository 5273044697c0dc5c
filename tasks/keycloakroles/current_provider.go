package keycloakroles

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/fingerprint"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values"
)

// providers reads ours: those that the values name and those that carry our
// mark, which they once named.
func (r *reader) providers(ctx context.Context) error {
	r.current.Providers, r.current.ProviderMappers = map[string]Provider{}, map[string]ProviderMapper{}
	reps, err := r.listProviders(ctx)
	if err != nil {
		return fmt.Errorf("reading identity providers: %w", err)
	}
	for _, rep := range reps {
		if err := r.addProvider(ctx, rep); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) addProvider(ctx context.Context, rep keycloak.IdentityProviderRepresentation) error {
	alias := value(rep.Alias)
	desired, wanted := r.desired.Providers[alias]
	p := r.providerFrom(rep, desired)
	switch {
	case wanted && p.ProviderID != desired.ProviderID:
		return values.Problems{{Path: "apps.keycloak.idp.alias", Message: fmt.Sprintf(
			"identity provider %q in realm %s has type %q, and Keycloak changes no type: choose another alias or delete the provider", alias, r.realmName, p.ProviderID)}}
	case wanted:
		r.current.Providers[alias] = p
		return r.providerMappers(ctx, alias, p)
	case p.Ownership != plan.Ours && p.Ownership != plan.Predecessor:
		return nil
	}
	r.current.Providers[alias] = p
	if !p.Enabled {
		return nil
	}
	users := 0
	if err := r.eachUserOf(ctx, &alias, true, func(keycloak.UserRepresentation) { users++ }); err != nil {
		return fmt.Errorf("counting the users of identity provider %s: %w", alias, err)
	}
	r.current.linked[alias] = users
	return nil
}

// providerFrom takes the desired secret for the current one where the
// fingerprint says so: Keycloak itself shows asterisks.
func (r *reader) providerFrom(rep keycloak.IdentityProviderRepresentation, desired Provider) Provider {
	config := value(rep.Config)
	p := Provider{
		Meta: plan.Meta{ID: value(rep.InternalID)}, ProviderID: value(rep.ProviderID), DisplayName: value(rep.DisplayName),
		Enabled: value(rep.Enabled), TrustEmail: value(rep.TrustEmail), LinkOnly: value(rep.LinkOnly),
		FirstBrokerLoginFlowAlias: value(rep.FirstBrokerLoginFlowAlias), Config: switches(desired.Config, config),
	}
	// Our earlier releases left the fingerprint only; the platform's own tools
	// leave no mark but log in as the same client.
	_, printed := config[secretPrint]
	same := desired.Config != nil && config["clientId"] == desired.Config["clientId"]
	p.Ownership, p.Extra = r.ownership(markOf(config), predecessorIf(printed || same))
	if fingerprint.Matches(config[secretPrint], desired.ClientSecret.Reveal()) {
		p.ClientSecret = desired.ClientSecret
	}
	return p
}

func (r *reader) providerMappers(ctx context.Context, alias string, p Provider) error {
	reps, err := response.OK(r.api.ListIdentityProviderMappersWithResponse(ctx, r.realmName, alias))
	if err != nil {
		return fmt.Errorf("reading the mappers of identity provider %s: %w", alias, err)
	}
	for _, rep := range reps {
		name := alias + "/" + value(rep.Name)
		m := ProviderMapper{Provider: alias, IdentityProviderMapper: value(rep.IdentityProviderMapper), Config: value(rep.Config)}
		m.Meta = plan.Meta{ID: value(rep.ID)}
		if purpose, ok := strings.CutSuffix(value(rep.Name), groupToRole); ok && m.IdentityProviderMapper == roleMapper && p.Ownership != plan.Foreign {
			m.Team = teamOf(purpose)
			m.Ownership = plan.OursIf(m.Team != "" || r.isAccessGroup(purpose), plan.Unowned)
			m.administrators = purpose == r.administrators()
		}
		r.current.ProviderMappers[name] = m
		r.checkGivenRole(name, m)
	}
	return nil
}

// isAccessGroup tells whether a mapper of that name gives one of the platform's
// own roles.
func (r *reader) isAccessGroup(name string) bool {
	return slices.ContainsFunc(r.values.Platform.Keycloak.Accesses, func(a platform.Access) bool { return a.Group == name })
}

// administrators is the group of those who administer the platform.
func (r *reader) administrators() string {
	return r.values.Platform.Keycloak.Access(platform.PlatformAdmin).Group
}

// checkGivenRole shows a mapper that is not ours and gives a role of ours.
func (r *reader) checkGivenRole(name string, m ProviderMapper) {
	role := m.Config["role"]
	if _, ours := r.desired.Roles[role]; !ours || m.Ours() {
		return
	}
	if _, declared := r.desired.ProviderMappers[name]; !declared {
		r.addExtraRight("identity-provider-mapper "+name, teamOf(role), "people who log in through the provider get role "+role+" that the values do not give them")
	}
}
