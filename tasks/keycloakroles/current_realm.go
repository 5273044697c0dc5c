package keycloakroles

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/fingerprint"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// realms are few: one list costs less than a request for each of ours. It holds
// what the administrator may see. The names of Realm's fields are Keycloak's, so the
// list is also one of Realms.
func (r *reader) realms(ctx context.Context) error {
	read, err := r.api.ListRealmsWithResponse(ctx, &keycloak.ListRealmsParams{BriefRepresentation: new(false)})
	reps, err := response.OK(read, err)
	if err != nil {
		return fmt.Errorf("reading realms: %w", err)
	}
	var realms []Realm
	if err := json.Unmarshal(read.Body, &realms); err != nil {
		return fmt.Errorf("reading the settings of realms: %w", err)
	}
	r.current.Realms = map[string]Realm{}
	for i, rep := range reps {
		r.addRealm(rep, realms[i])
	}
	if admin := r.values.Apps.Keycloak.AdminRealm; r.current.Realms[admin].Enabled == nil {
		return &RightsError{Realm: admin}
	}
	return nil
}

// addRealm keeps the realms that the values name, and those of ours that they once
// named.
func (r *reader) addRealm(rep keycloak.RealmRepresentation, realm Realm) {
	name, attributes := value(rep.Realm), value(rep.Attributes)
	owner, extra := r.ownership(markOf(attributes), plan.Unowned)
	_, wanted := r.desired.Realms[name]
	switch {
	case name == r.realmName:
		realm.Ownership, realm.Extra, realm.declared = owner, extra, strings.Fields(attributes[declaredKey])
		if owner == plan.Unowned && value(rep.ID) == name { // the platform's tools choose the id
			realm.Ownership = plan.Predecessor
		}
		r.defaultRole = value(value(rep.DefaultRole).ID)
	case !wanted && owner != plan.Ours && owner != plan.Predecessor:
		return
	case !wanted:
		realm.Ownership = owner
	}
	r.current.Realms[name] = realm
}

// RightsError is an administrator who may not see the realm of its login.
type RightsError struct{ Realm string }

func (e *RightsError) Error() string {
	return "reading realms: the administrator may not see realm " + e.Realm + ": the role admin or view-realm is missing"
}

// Unauthorized says that trying again does not help.
func (e *RightsError) Unauthorized() bool { return true }

// profiles reads the user profile, where the platform's generation declares one.
func (r *reader) profiles(ctx context.Context) error {
	desired, wanted := r.desired.Profiles[r.realmName]
	if !wanted {
		return nil
	}
	read, err := r.api.GetUserProfileWithResponse(ctx, r.realmName)
	if transport.IsNotFound(err) || err == nil && read.StatusCode() == http.StatusNoContent { // before Keycloak 24 users keep every attribute
		r.current.Profiles = r.desired.Profiles
		return nil
	}
	rep, err := response.OK(read, err)
	if err != nil {
		return fmt.Errorf("reading the user profile: %w", err)
	}
	var names []string
	for _, attribute := range value(rep.Attributes) {
		names = append(names, value(attribute.Name))
	}
	r.current.Profiles = map[string]UserProfile{r.realmName: {
		UnmanagedAttributePolicy: string(value(rep.UnmanagedAttributePolicy)), Attributes: common(desired.Attributes, names)}}
	return nil
}

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
