package keycloak

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// fieldAttribute is a field of the realm that Keycloak keeps as an attribute:
// new attributes without it take the field back to its default.
type fieldAttribute struct {
	name     string
	field    func(*RealmRepresentation) **int32
	standard int32
	always   bool // shown among the attributes even when it was never set
}

func fieldAttributes() []fieldAttribute {
	return []fieldAttribute{
		{"oauth2DeviceCodeLifespan", func(r *RealmRepresentation) **int32 { return &r.Oauth2DeviceCodeLifespan }, 600, true},
		{"oauth2DevicePollingInterval", func(r *RealmRepresentation) **int32 { return &r.Oauth2DevicePollingInterval }, 5, true},
		{"clientSessionIdleTimeout", func(r *RealmRepresentation) **int32 { return &r.ClientSessionIdleTimeout }, 0, false},
		{"clientSessionMaxLifespan", func(r *RealmRepresentation) **int32 { return &r.ClientSessionMaxLifespan }, 0, false},
		{"clientOfflineSessionIdleTimeout", func(r *RealmRepresentation) **int32 { return &r.ClientOfflineSessionIdleTimeout }, 0, false},
		{"clientOfflineSessionMaxLifespan", func(r *RealmRepresentation) **int32 { return &r.ClientOfflineSessionMaxLifespan }, 0, false},
	}
}

// fixedAttributes are in every realm, whatever a client sends.
func fixedAttributes() []string {
	return []string{"cibaBackchannelTokenDeliveryMode", "cibaExpiresIn", "cibaAuthRequestedUserHint", "cibaInterval", "parRequestUriLifespan"}
}

// shown is the realm as a GET gives it.
func (r *realm) shown() RealmRepresentation {
	rep := r.rep
	attributes := maps.Clone(r.attributes)
	rep.Attributes = &attributes
	if r.defaultRole != nil {
		rep.DefaultRole = new(r.defaultRole.brief())
	}
	return rep
}

// UpdateRealm keeps what the body leaves out, and replaces the attributes when
// they are given. Objects inside the body are not looked at.
func (a admin) UpdateRealm(_ context.Context, request UpdateRealmRequestObject) (UpdateRealmResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if err := a.checkUpdate(r, rep); err != nil {
		return nil, err
	}
	rep.ID = nil
	r.update(rep)
	if name := value(r.rep.Realm); name != request.Realm {
		delete(a.realms, request.Realm)
		a.realms[name] = r
		master := a.realms[masterName]
		master.renameClient(master.clients.byName[request.Realm+"-realm"], name+"-realm")
	}
	return UpdateRealm204Response{}, nil
}

func (a admin) checkUpdate(r *realm, rep RealmRepresentation) error {
	if rep.Realm != nil {
		if strings.TrimSpace(*rep.Realm) == "" {
			return invalid("Realm name cannot be empty")
		}
		if value(r.rep.Realm) == masterName && *rep.Realm != masterName {
			return invalid("Can't rename master realm")
		}
		if other := a.realms[*rep.Realm]; other != nil && other != r {
			return conflict("Realm with same name exists")
		}
	}
	if !knownSettings(rep) {
		return refusal{http.StatusInternalServerError, failure{ErrorMessage: "Failed to update realm"}}
	}
	return checkMail(rep)
}

// knownSettings says whether the names of flows and the kind of TLS exist.
func knownSettings(rep RealmRepresentation) bool {
	flows := []string{"", "browser", "registration", "direct grant", "reset credentials", "clients", "docker auth", "first broker login"}
	for _, flow := range []*string{rep.BrowserFlow, rep.RegistrationFlow, rep.DirectGrantFlow, rep.ResetCredentialsFlow,
		rep.ClientAuthenticationFlow, rep.DockerAuthenticationFlow, rep.FirstBrokerLoginFlow} {
		if !slices.Contains(flows, value(flow)) {
			return false
		}
	}
	return rep.SslRequired == nil || slices.Contains([]string{"all", "external", "none"}, strings.ToLower(*rep.SslRequired))
}

func checkMail(rep RealmRepresentation) error {
	mail := value(rep.SMTPServer)
	if len(mail) == 0 || strings.Contains(mail["from"], "@") {
		return nil
	}
	from := mail["from"]
	if from == "" {
		from = "null"
	}
	return invalid("Invalid sender address '%s'. If the address contains UTF-8 characters in the local part please ensure the SMTP server supports the SMTPUTF8 extension and enable 'Allow UTF-8' in the email realm configuration.", from)
}

// update takes over what the body says.
func (r *realm) update(rep RealmRepresentation) {
	if rep.SslRequired != nil {
		rep.SslRequired = new(strings.ToLower(*rep.SslRequired))
	}
	if rep.BrowserSecurityHeaders != nil {
		headers := maps.Clone(value(r.rep.BrowserSecurityHeaders))
		maps.Copy(headers, *rep.BrowserSecurityHeaders)
		rep.BrowserSecurityHeaders = &headers
	}
	r.replaceAttributes(rep)
	loginWithEmail := rep.LoginWithEmailAllowed
	merge(&r.rep, settingsOf(rep))
	r.settleEmail(rep.RegistrationEmailAsUsername, loginWithEmail, rep.DuplicateEmailsAllowed)
	for _, f := range fieldAttributes() {
		if sent := *f.field(&rep); sent != nil {
			r.attributes[f.name] = strconv.Itoa(int(*sent))
		}
	}
}

// settleEmail: an address that many may have is nothing to log in with. The
// server applies the three switches in this order.
func (r *realm) settleEmail(asUsername, login, duplicates *bool) {
	if value(asUsername) {
		r.rep.DuplicateEmailsAllowed = new(false)
	}
	if value(login) {
		r.rep.DuplicateEmailsAllowed = new(false)
	}
	if value(duplicates) {
		r.rep.DuplicateEmailsAllowed, r.rep.LoginWithEmailAllowed = new(true), new(false)
	}
}

// replaceAttributes drops all attributes that the body does not repeat, with the
// fields that live in them.
func (r *realm) replaceAttributes(rep RealmRepresentation) {
	if rep.Attributes == nil {
		return
	}
	replaced := maps.Clone(*rep.Attributes)
	for _, name := range fixedAttributes() {
		replaced[name] = r.attributes[name]
	}
	for _, f := range fieldAttributes() {
		*f.field(&r.rep) = new(f.standard)
		sent, err := strconv.ParseInt(replaced[f.name], 10, 32)
		switch {
		case f.always:
			// The server takes these from the field alone.
			replaced[f.name] = strconv.Itoa(int(f.standard))
		case err == nil:
			*f.field(&r.rep) = new(int32(sent))
		default:
			delete(replaced, f.name)
		}
	}
	r.attributes = replaced
}

// settingsOf are the fields of a body that are settings of the realm itself.
func settingsOf(rep RealmRepresentation) RealmRepresentation {
	fields := reflect.ValueOf(&rep).Elem()
	for i := range fields.NumField() {
		if isObject(fields.Field(i).Type().Elem()) {
			fields.Field(i).SetZero()
		}
	}
	// Kept apart, of older versions, or never shown.
	rep.Attributes, rep.DefaultRoles, rep.DefaultGroups, rep.DefaultDefaultClientScopes, rep.DefaultOptionalClientScopes = nil, nil, nil, nil, nil
	rep.PrivateKey, rep.PublicKey, rep.Certificate, rep.CodeSecret, rep.KeycloakVersion, rep.RequiredCredentials = nil, nil, nil, nil, nil, nil
	rep.Social, rep.SocialProviders, rep.UpdateProfileOnInitialSocialLogin, rep.PasswordCredentialGrantAllowed = nil, nil, nil, nil
	rep.RealmCacheEnabled, rep.UserCacheEnabled = nil, nil
	return rep
}

// nested says whether the body brings objects along.
func nested(rep RealmRepresentation) bool {
	fields := reflect.ValueOf(rep)
	for i := range fields.NumField() {
		if !fields.Field(i).IsNil() && isObject(fields.Field(i).Type().Elem()) {
			return true
		}
	}
	return false
}

// isObject tells types that hold other objects from plain settings.
func isObject(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Interface:
		return true
	case reflect.Slice, reflect.Map:
		return t.Elem().Kind() == reflect.Map || isObject(t.Elem())
	default:
		return false
	}
}
