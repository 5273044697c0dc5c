package keycloakroles

import (
	"context"
	"fmt"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
)

// realms are few: one list costs less than a request for each of ours. It holds
// what the administrator may see.
func (r *reader) realms(ctx context.Context) error {
	reps, err := response.OK(r.api.ListRealmsWithResponse(ctx, &keycloak.ListRealmsParams{BriefRepresentation: new(false)}))
	if err != nil {
		return fmt.Errorf("reading realms: %w", err)
	}
	r.current.Realms = map[string]Realm{}
	for _, rep := range reps {
		r.addRealm(rep)
	}
	if admin := r.values.Apps.Keycloak.AdminRealm; r.current.Realms[admin].Enabled == nil {
		return &RightsError{Realm: admin}
	}
	return nil
}

// addRealm keeps the realms that the values name, and those of ours that they once
// named.
func (r *reader) addRealm(rep keycloak.RealmRepresentation) {
	name, attributes := value(rep.Realm), value(rep.Attributes)
	owner, extra := r.ownership(markOf(attributes), plan.Unowned)
	realm := realmFrom(rep)
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

func realmFrom(rep keycloak.RealmRepresentation) Realm {
	return Realm{
		Enabled: rep.Enabled, DisplayName: rep.DisplayName, DisplayNameHTML: rep.DisplayNameHTML, SSLRequired: rep.SslRequired,
		LoginTheme: rep.LoginTheme, AccountTheme: rep.AccountTheme, EmailTheme: rep.EmailTheme,
		RegistrationAllowed: rep.RegistrationAllowed, RegistrationEmailAsUsername: rep.RegistrationEmailAsUsername,
		LoginWithEmailAllowed: rep.LoginWithEmailAllowed, DuplicateEmailsAllowed: rep.DuplicateEmailsAllowed,
		ResetPasswordAllowed: rep.ResetPasswordAllowed, EditUsernameAllowed: rep.EditUsernameAllowed, BruteForceProtected: rep.BruteForceProtected,
		SSOSessionIdleTimeout: rep.SsoSessionIdleTimeout, SSOSessionMaxLifespan: rep.SsoSessionMaxLifespan,
		AccessTokenLifespan: rep.AccessTokenLifespan, AccessTokenLifespanForImplicitFlow: rep.AccessTokenLifespanForImplicitFlow,
		OfflineSessionIdleTimeout: rep.OfflineSessionIdleTimeout, OfflineSessionMaxLifespan: rep.OfflineSessionMaxLifespan,
		OfflineSessionMaxLifespanEnabled: rep.OfflineSessionMaxLifespanEnabled,
	}
}

// profiles reads the user profile, where the platform's generation declares one.
func (r *reader) profiles(ctx context.Context) error {
	desired, wanted := r.desired.Profiles[r.realmName]
	if !wanted {
		return nil
	}
	rep, err := response.OK(r.api.GetUserProfileWithResponse(ctx, r.realmName))
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
