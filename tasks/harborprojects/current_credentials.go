package harborprojects

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// account is the default ServiceAccount of pods.
const account = "default"

// credentials reads the Secrets and the ServiceAccount of each team's namespace
// by their names. Of a Secret nothing is kept but what is compared.
func (r *reader) credentials(ctx context.Context) error {
	r.current.Credentials = make(map[string]Credential, len(r.desired.Credentials))
	r.current.server.pending, r.current.server.unpublished = map[string]string{}, map[string]*basis{}
	l := &credentialReader{reader: r, handedOut: map[string]bool{}, ours: r.claim(false)}
	for _, name := range r.inventory.Remembered() {
		l.handedOut[name] = true
	}
	if err := r.setting.Each(ctx, namespaces(r.desired.Credentials), l.team); err != nil {
		return err
	}
	l.addGone()
	return nil
}

func namespaces(desired map[string]Credential) []string {
	found := map[string]bool{}
	for name := range desired {
		found[credential.Project(name)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// credentialReader gathers the credentials of several teams at once.
type credentialReader struct {
	*reader
	handedOut map[string]bool // what our inventory has a fingerprint of
	ours      credential.Claim
}

func (l *credentialReader) team(ctx context.Context, namespace string) error {
	pulls, err := l.setting.Secrets.PullSecrets(ctx, namespace, account)
	if kube.Pending(err) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.current.server.pending[namespace] = fmt.Sprintf("namespace %s does not exist yet, or has no service account %s yet", namespace, account)
		return nil
	}
	if err != nil {
		return err
	}
	for _, kind := range credential.Kinds() {
		if err := l.credential(ctx, credential.Key{Project: namespace, Kind: kind}, slices.Contains(pulls, kind.Secret)); err != nil {
			return err
		}
	}
	return nil
}

// credential notes one that exists; without its Secret it does not.
func (l *credentialReader) credential(ctx context.Context, k credential.Key, isAttached bool) error {
	s, found, err := l.setting.Secrets.Secret(ctx, k.Project, k.Kind.Secret)
	if err != nil {
		return err
	}
	held, desired := loginOf(k, s, l.values.Apps.Harbor.BaseRepoURL), l.desired.Credentials[k.String()]
	facts := credential.Facts{Key: k, Robots: l.pair(k), Username: held.Username, Claim: l.ours}
	facts.Claim.HandedOut = l.handedOut[k.String()]
	if used := facts.Used(l.rules().Now); used != nil {
		if facts.Attempt, err = l.attempt(ctx, k, l.current.server.prefix+k.Robot(k.SlotOf(held.Username)), used, held.Password); err != nil {
			return err
		}
	}
	status := facts.Assess(l.rules())
	if !found {
		if facts.Robots != (credential.Pair{}) { // a large platform's first run has none
			l.addUnpublished(k, &basis{status, facts.Robots})
		}
		return nil
	}
	c := newCredential(facts, status, plan.Meta{Team: desired.Team})
	c.Attached = attached(k.Kind, isAttached)
	c.Secret = &secretSpec{held.Host, s.Type, s.Labels[kube.ManagedBy]}
	if *c.Secret == *desired.Secret {
		c.Secret = desired.Secret
	}
	l.add(k, c, desired)
	return nil
}

func newCredential(f credential.Facts, s credential.Status, meta plan.Meta) Credential {
	c := Credential{Meta: meta, Login: s.Login, Username: f.Username, slot: s.Slot, basis: &basis{s, f.Robots}}
	c.Ownership = s.Owner
	used := f.Robots.In(s.Slot)
	if used != nil {
		c.Permissions, c.Duration = used.Permissions, used.Duration
	}
	if s.Owner == plan.Foreign {
		c.Extra = &plan.Extra{Owner: s.Owned(used).String()}
	}
	if s.Due != credential.Nothing {
		c.Retiring = f.Key.Robot(s.Slot.Other()) + ": " + s.Due.String()
	}
	return c
}

// add keeps the robot accounts only of a credential that is not as it should be:
// there may be tens of thousands, and no writer needs the others.
func (l *credentialReader) add(k credential.Key, c, desired Credential) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Login == credential.Proved && c.Ownership == plan.Ours && c.Retiring == "" && c.Duration == desired.Duration &&
		slices.Equal(c.Permissions, desired.Permissions) {
		c.basis = nil
		delete(l.accounts, k.Robot(credential.A))
		delete(l.accounts, k.Robot(credential.B))
	}
	l.current.Credentials[k.String()] = c
}

func (l *credentialReader) addUnpublished(k credential.Key, b *basis) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current.server.unpublished[k.String()] = b
}

func (l *credentialReader) pair(k credential.Key) credential.Pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	return credential.PairOf(k, l.accounts)
}

// rules are what the flags and the clock say.
func (a *Application) rules() credential.Rules {
	r := credential.Rules{Now: a.setting.Now(), Grace: a.options.grace, RotateAfter: a.options.rotateAfter}
	if a.setting.Verb == verbRotate {
		r.RotateBefore = a.started
	}
	return r
}

// loginOf is a credential's login in a Secret: the one for our registry, or else
// that of a robot account of the credential. The others are a team's own.
func loginOf(k credential.Key, s kube.Secret, host string) kube.Login {
	logins, err := kube.ParseDockerconfig(s.Data[k.Kind.DataKey])
	if err != nil {
		return kube.Login{}
	}
	var found kube.Login
	for _, l := range logins {
		if l.Host == host {
			return l
		}
		if k.SlotOf(l.Username) != credential.None {
			found = l
		}
	}
	return found
}

// attempt finds out by use whether Harbor accepts the password, unless it did so
// once and nothing has changed since.
func (l *credentialReader) attempt(ctx context.Context, k credential.Key, username string, used *credential.Robot, password values.Secret) (credential.Login, error) {
	known := l.inventory.Matches(k.String(), l.fingerprint(used, password))
	trusted := known && (!l.values.Platform.Harbor.SecretIsTruth || used.Updated.Equal(used.Created))
	switch {
	case trusted && l.options.prove != proveAlways:
		return credential.Proved, nil
	case l.options.prove == proveNever:
		return credential.Works, nil
	}
	accepted, err := l.accepts(ctx, k.Project, username, password)
	switch {
	case err != nil:
		return "", err
	case !accepted:
		return credential.Refused, nil
	case known:
		return credential.Proved, nil
	}
	return credential.Works, nil
}

// addGone adds what the values do not name: what we published for teams that they no
// longer name, and what another installation publishes. It counts what the scope
// left out.
func (l *credentialReader) addGone() {
	for robot, account := range l.accounts {
		key, known := credential.KeyOf(robot)
		_, wanted := l.desired.Projects[key.Project]
		if known && !wanted && account.Mark != (credential.Mark{}) && l.ours.Owner(account, false) == plan.Foreign {
			l.addUndesired(key, plan.Meta{Ownership: plan.Foreign, Extra: &plan.Extra{Owner: account.Mark.String()}})
		}
	}
	l.current.server.unread = map[string]int{}
	for name := range l.handedOut {
		key, known := credential.ParseKey(name)
		team := strings.TrimPrefix(key.Project, teamPrefix)
		_, read := l.desired.Credentials[name]
		_, stays := l.desired.Projects[key.Project]
		switch {
		case read, !known:
		case stays, !l.scope.Lists(team):
			l.current.server.unread[team]++
		default:
			l.addUndesired(key, plan.Meta{Ownership: plan.Ours})
		}
	}
}

func (l *credentialReader) addUndesired(k credential.Key, meta plan.Meta) {
	meta.Team = strings.TrimPrefix(k.Project, teamPrefix)
	l.current.Credentials[k.String()] = Credential{Meta: meta, basis: &basis{robots: credential.PairOf(k, l.accounts)}}
}

// ownInstallation is the kind of our inventory that holds its own numbers.
const ownInstallation = "installation"

// claim is what proves that a credential is ours. Before we made the
// first robot account there is no number, and every mark is another owner's.
func (a *Application) claim(handedOut bool) credential.Claim {
	return credential.Claim{
		Installation: a.setting.Installation, Inventories: slices.Sorted(maps.Keys(a.inventory.Owned(ownInstallation))),
		HandedOut: handedOut, Leaves: a.values.Platform.Harbor.SecretIsTruth,
	}
}
