package keycloak

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// mappers are the protocol mappers of one client scope or client.
type mappers struct {
	table[*ProtocolMapperRepresentation]
}

func newMappers() mappers { return mappers{newTable[*ProtocolMapperRepresentation]()} }

// field is the list inside its client or scope, as it is stored. It is left out
// when it is empty.
func (m mappers) field() *[]ProtocolMapperRepresentation {
	if len(m.byID) == 0 {
		return nil
	}
	return new(each(m.unsorted(), value))
}

// shown is the list at its own endpoint: completed, and without mappers of a type
// that does not exist.
func (m mappers) shown() []ProtocolMapperRepresentation {
	known := slices.DeleteFunc(m.unsorted(), func(rep *ProtocolMapperRepresentation) bool { return !isMapperType(value(rep.ProtocolMapper)) })
	return each(known, effective)
}

func (m mappers) get(id string) (*ProtocolMapperRepresentation, error) {
	if rep, exists := m.byID[id]; exists {
		return rep, nil
	}
	return nil, notFound("Model not found")
}

// one is a mapper at its own address.
func (m mappers) one(id string) (ProtocolMapperRepresentation, error) {
	rep, err := m.get(id)
	if err != nil {
		return ProtocolMapperRepresentation{}, err
	}
	if !isMapperType(value(rep.ProtocolMapper)) {
		return ProtocolMapperRepresentation{}, notFound("Protocol mapper provider not found")
	}
	return effective(rep), nil
}

// create is the POST to the list of mappers. Unlike inside a client or a scope
// the type of the mapper must exist.
func (m mappers) create(rep ProtocolMapperRepresentation) (id string, err error) {
	if !isMapperType(value(rep.ProtocolMapper)) {
		return "", notFound("ProtocolMapper provider not found")
	}
	if m.byName[value(rep.Name)] != nil && m.byID[value(rep.ID)] == nil {
		return "", refusal{http.StatusConflict, failure{ErrorMessage: "Protocol mapper exists with same name"}}
	}
	if isTooLong(rep.ID) {
		return "", crash()
	}
	if rep.Name == nil || rep.Protocol == nil || m.byID[value(rep.ID)] != nil {
		return "", duplicate()
	}
	return m.put(rep), nil
}

// put stores a new mapper as it is.
func (m mappers) put(rep ProtocolMapperRepresentation) (id string) {
	rep.ID = new(orNew(rep.ID))
	rep.ConsentRequired = new(false)
	rep.ConsentText = nil
	rep.Config = new(withoutEmpty(value(rep.Config)))
	m.add(*rep.ID, value(rep.Name), &rep)
	return *rep.ID
}

// update is the PUT to one mapper: what is changed is named by the body, and
// neither name nor protocol can be changed.
func (m mappers) update(id string, rep ProtocolMapperRepresentation) error {
	if _, err := m.get(id); err != nil {
		return err
	}
	if !isMapperType(value(rep.ProtocolMapper)) {
		return notFound("ProtocolMapper provider not found")
	}
	target, exists := m.byID[value(rep.ID)]
	if !exists {
		return crash()
	}
	target.ProtocolMapper = rep.ProtocolMapper
	target.Config = new(withoutEmpty(value(rep.Config)))
	return nil
}

func (m mappers) drop(id string) error {
	rep, err := m.get(id)
	if err != nil {
		return err
	}
	m.remove(id, value(rep.Name))
	return nil
}

// replace makes the list equal to the one inside a PUT of a client; a mapper of
// the same name and protocol keeps its id.
func (m mappers) replace(reps []ProtocolMapperRepresentation) mappers {
	replaced := newMappers()
	for _, rep := range reps {
		if old := m.byName[value(rep.Name)]; old != nil && value(old.Protocol) == value(rep.Protocol) {
			rep.ID = old.ID
		}
		replaced.put(rep)
	}
	return replaced
}

// areDistinct says whether the mappers inside a client or scope can be stored.
func areDistinct(reps []ProtocolMapperRepresentation) bool {
	names := map[string]bool{}
	for _, rep := range reps {
		names[value(rep.Name)] = true
	}
	return len(names) == len(reps)
}

// completed are the mappers inside a client or scope that is created: there, and
// nowhere else, userinfo is stored with what the id token says.
func completed(reps *[]ProtocolMapperRepresentation) *[]ProtocolMapperRepresentation {
	if reps == nil {
		return nil
	}
	return new(each(*reps, func(rep ProtocolMapperRepresentation) ProtocolMapperRepresentation {
		config := withoutEmpty(value(rep.Config))
		if value(rep.Protocol) == "openid-connect" {
			inherit(config, "id.token.claim", "userinfo.token.claim")
		}
		rep.Config = &config
		return rep
	}))
}

// inherit lets a claim that is not decided on follow another one.
func inherit(config map[string]string, from, to string) {
	if config[from] != "" && config[to] == "" {
		config[to] = config[from]
	}
}

// effective is a mapper as its own endpoint shows it: with the claims that follow
// from others, which are not stored.
func effective(rep *ProtocolMapperRepresentation) ProtocolMapperRepresentation {
	kind, config := value(rep.ProtocolMapper), maps.Clone(*rep.Config)
	switch {
	case kind == "oidc-audience-resolve-mapper" || kind == "oidc-allowed-origins-mapper":
		for _, claim := range []string{"access.token.claim", "introspection.token.claim"} {
			if config[claim] == "" {
				config[claim] = "true"
			}
		}
	case strings.HasPrefix(kind, "oidc-"):
		inherit(config, "access.token.claim", "introspection.token.claim")
		inherit(config, "id.token.claim", "userinfo.token.claim")
	}
	shown := *rep
	shown.Config = &config
	return shown
}

func isMapperType(kind string) bool {
	return slices.Contains([]string{
		"oidc-acr-mapper", "oidc-address-mapper", "oidc-allowed-origins-mapper", "oidc-amr-mapper", "oidc-audience-mapper",
		"oidc-audience-resolve-mapper", "oidc-claims-param-token-mapper", "oidc-claims-param-value-idtoken-mapper",
		"oidc-full-name-mapper", "oidc-group-membership-mapper", "oidc-hardcoded-claim-mapper", "oidc-hardcoded-role-mapper",
		"oidc-nonce-backwards-compatible-mapper", "oidc-organization-membership-mapper", "oidc-role-name-mapper",
		"oidc-session-state-mapper", "oidc-sha256-pairwise-sub-mapper", "oidc-sub-mapper", "oidc-usermodel-attribute-mapper",
		"oidc-usermodel-client-role-mapper", "oidc-usermodel-property-mapper", "oidc-usermodel-realm-role-mapper",
		"oidc-usersessionmodel-note-mapper",
		"saml-audience-mapper", "saml-audience-resolve-mapper", "saml-group-membership-mapper", "saml-hardcode-attribute-mapper",
		"saml-hardcode-role-mapper", "saml-organization-membership-mapper", "saml-role-list-mapper", "saml-role-name-mapper",
		"saml-user-attribute-mapper", "saml-user-attribute-nameid-mapper", "saml-user-property-mapper", "saml-user-session-note-mapper",
	}, kind)
}
