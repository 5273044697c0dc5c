// Package keycloakroles makes a Keycloak realm equal to the Otomi Values: its
// settings, client scopes, roles, groups, the platform's client and the
// external identity provider, so that every login ends in the same token.
package keycloakroles

import (
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// State is everything that the task manages in Keycloak, by name. The JSON
// names of the fields are those of Keycloak's representations, so that a type
// is also the part of a representation that we declare.
type State struct {
	Realms          map[string]Realm          // otomi; and master, for its login theme
	Profiles        map[string]UserProfile    // otomi
	Scopes          map[string]Scope          // openid
	Mappers         map[string]Mapper         // scope openid/groups, client otomi/email
	Roles           map[string]Role           // team-a
	Clients         map[string]Client         // otomi
	Providers       map[string]Provider       // otomi-idp
	ProviderMappers map[string]ProviderMapper // otomi-idp/team-a group to role
	Groups          map[string]Group          // team-a
	GroupRoles      map[string]GroupRole      // team-a/team-a, team-admin/realm-management/manage-users
	Users           map[string]User           // otomi-admin
	Memberships     map[string]Membership     // otomi-admin/otomi-admin
	ExtraRights     map[string]ExtraRight     // role team-a is composite
	builtIn         []string                  // names of all client scopes of the realm
	linked          map[string]int            // users by the provider that is to be disabled
	holders         map[string]string         // other users with the address of a declared one, by its name
	leavers         string                    // what happens to their accounts: task.LeaversShow, …
}

// Realm is the settings of a realm; nil means unmanaged.
type Realm struct {
	plan.Meta                          `json:"-"`
	declared                           []string // optional settings that the last run declared
	Enabled                            *bool    `json:"enabled,omitempty"`
	DisplayName                        *string  `json:"displayName,omitempty"`
	DisplayNameHTML                    *string  `json:"displayNameHtml,omitempty"`
	SSLRequired                        *string  `json:"sslRequired,omitempty"`
	LoginTheme                         *string  `json:"loginTheme,omitempty"`
	AccountTheme                       *string  `json:"accountTheme,omitempty"`
	EmailTheme                         *string  `json:"emailTheme,omitempty"`
	RegistrationAllowed                *bool    `json:"registrationAllowed,omitempty" plan:"review,omitempty"`
	RegistrationEmailAsUsername        *bool    `json:"registrationEmailAsUsername,omitempty"`
	LoginWithEmailAllowed              *bool    `json:"loginWithEmailAllowed,omitempty"`
	DuplicateEmailsAllowed             *bool    `json:"duplicateEmailsAllowed,omitempty"`
	ResetPasswordAllowed               *bool    `json:"resetPasswordAllowed,omitempty"`
	EditUsernameAllowed                *bool    `json:"editUsernameAllowed,omitempty"`
	BruteForceProtected                *bool    `json:"bruteForceProtected,omitempty"`
	RememberMe                         *bool    `json:"rememberMe,omitempty"`
	SSOSessionIdleTimeout              *int32   `json:"ssoSessionIdleTimeout,omitempty" plan:"seconds"`
	SSOSessionMaxLifespan              *int32   `json:"ssoSessionMaxLifespan,omitempty" plan:"seconds"`
	AccessTokenLifespan                *int32   `json:"accessTokenLifespan,omitempty" plan:"seconds"`
	AccessTokenLifespanForImplicitFlow *int32   `json:"accessTokenLifespanForImplicitFlow,omitempty" plan:"seconds"`
	OfflineSessionIdleTimeout          *int32   `json:"offlineSessionIdleTimeout,omitempty" plan:"seconds"`
	OfflineSessionMaxLifespanEnabled   *bool    `json:"offlineSessionMaxLifespanEnabled,omitempty"`
	OfflineSessionMaxLifespan          *int32   `json:"offlineSessionMaxLifespan,omitempty" plan:"seconds"`
}

// UserProfile says which attributes users of the realm may have.
type UserProfile struct {
	plan.Meta                `json:"-"`
	UnmanagedAttributePolicy string   `json:"unmanagedAttributePolicy" plan:"review"`
	Attributes               []string `json:"attributes"` // by name; those of ours
}

// Scope is a client scope.
type Scope struct {
	plan.Meta  `json:"-"`
	Protocol   string            `json:"protocol"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Mapper is a protocol mapper of a scope or of a client: what a token says.
type Mapper struct {
	plan.Meta      `json:"-"`
	Parent         Parent            `json:"-" plan:"-"`
	Protocol       string            `json:"protocol"`
	ProtocolMapper string            `json:"protocolMapper"`
	Config         map[string]string `json:"config"`
}

// Parent is the scope or the client that holds a mapper.
type Parent struct {
	Kind string // scope or client
	Name string
}

// Role is a realm role.
type Role struct {
	plan.Meta   `json:"-"`
	Description string `json:"description"`
	unmarked    bool   // says nothing of its owner
}

// Client is an OIDC client. It has no name: the platform's operator finds it as the
// client without one, and makes it again, in vain, where it has one.
type Client struct {
	plan.Meta                    `json:"-"`
	Enabled                      bool          `json:"enabled"`
	Protocol                     string        `json:"protocol"`
	PublicClient                 bool          `json:"publicClient" plan:"review,omitempty"`
	BearerOnly                   bool          `json:"bearerOnly"`
	ConsentRequired              bool          `json:"consentRequired"`
	FullScopeAllowed             bool          `json:"fullScopeAllowed"` // off, no token names a role
	ClientAuthenticatorType      string        `json:"clientAuthenticatorType"`
	Secret                       values.Secret `json:"-"`
	StandardFlowEnabled          bool          `json:"standardFlowEnabled"`
	ImplicitFlowEnabled          bool          `json:"implicitFlowEnabled"`
	DirectAccessGrantsEnabled    bool          `json:"directAccessGrantsEnabled" plan:"review,omitempty"`
	ServiceAccountsEnabled       bool          `json:"serviceAccountsEnabled" plan:"review,omitempty"`
	AuthorizationServicesEnabled bool          `json:"authorizationServicesEnabled"`
	RedirectURIs                 []string      `json:"redirectUris" plan:"review"`
	WebOrigins                   []string      `json:"webOrigins" plan:"review"`
	// Attributes are those that a login rests on; "" is off.
	Attributes map[string]string `json:"attributes"`
	// DefaultScopes are those of ours that the client gets without asking,
	// OptionalScopes those that it may ask for. Keycloak changes them through
	// endpoints of their own.
	DefaultScopes  []string `json:"defaultClientScopes"`
	OptionalScopes []string `json:"optionalClientScopes"`
	written        string   // digest of the redirect URIs that the last run declared
}

// Provider is an external identity provider.
type Provider struct {
	plan.Meta                 `json:"-"`
	ProviderID                string            `json:"providerId"`
	DisplayName               string            `json:"displayName"`
	Enabled                   bool              `json:"enabled"`
	TrustEmail                bool              `json:"trustEmail" plan:"review"`
	LinkOnly                  bool              `json:"linkOnly"`
	FirstBrokerLoginFlowAlias string            `json:"firstBrokerLoginFlowAlias"`
	Config                    map[string]string `json:"config" plan:"review,omitempty"`
	// ClientSecret is never returned by Keycloak. The current side holds what
	// the fingerprint in the provider's configuration proves.
	ClientSecret values.Secret `json:"-"`
}

// ProviderMapper turns claims of the external provider into roles and
// attributes of the user.
type ProviderMapper struct {
	plan.Meta              `json:"-"`
	Provider               string            `json:"-"`
	IdentityProviderMapper string            `json:"identityProviderMapper"`
	Config                 map[string]string `json:"config" plan:"review,omitempty"`
	administrators         bool              // gives the role of the platform's administrators
}

// Group is a top-level group. Its attribute lists the members that we gave it.
type Group struct {
	plan.Meta `json:"-"`
	Members   []string `json:"-"`
	// former says that an earlier generation of the platform made the group: it
	// keeps its roles where it exists.
	former bool
	// administrators says that its members administer the platform.
	administrators bool
}

// GroupRole gives a role to the members of a group. Client is empty for a
// realm role.
type GroupRole struct {
	plan.Meta           `json:"-"`
	Group, Client, Role string `json:"-"`
}

// User is a local user. The password is set when the user is made and never
// again.
type User struct {
	plan.Meta     `json:"-"`
	Email         *string             `json:"email,omitempty" plan:"review"`
	EmailVerified *bool               `json:"emailVerified,omitempty"`
	FirstName     *string             `json:"firstName,omitempty"`
	LastName      *string             `json:"lastName,omitempty"`
	Enabled       *bool               `json:"enabled,omitempty"`
	Attributes    map[string][]string `json:"attributes,omitempty"`
	// Initial is what a new user starts with and may change.
	Initial  Profile       `json:"-" plan:"-"`
	Password values.Secret `json:"-" plan:"-"`
	// Temporary asks for a new password at the first login.
	Temporary bool `json:"-" plan:"-"`
}

// Profile is what a new user starts with.
type Profile struct {
	Email         string `json:"email,omitempty"`
	EmailVerified bool   `json:"emailVerified,omitempty"`
	FirstName     string `json:"firstName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
}

// Membership puts a user into a group.
type Membership struct {
	plan.Meta   `json:"-"`
	User, Group string `json:"-"`
}

// ExtraRight is a right that comes from elsewhere and that no value names. It is
// shown and never taken away.
type ExtraRight struct {
	plan.Meta `json:"-"`
}
