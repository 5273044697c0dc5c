package harborprojects

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// credentials reads the Secrets and the ServiceAccount of each team's namespace
// by their names. Of a Secret nothing is kept but what is compared.
func (r *reader) credentials(ctx context.Context) error {
	l := &ledger{reader: r, all: make(map[string]Credential, len(r.desired.Credentials)), pending: map[string]string{}, waits: map[string]string{}}
	if err := r.setting.Each(ctx, namespaces(r.desired.Credentials), l.team); err != nil {
		return err
	}
	l.own()
	r.current.Credentials, r.current.pending, r.current.waits = l.all, l.pending, l.waits
	return nil
}

func namespaces(desired map[string]Credential) []string {
	found := map[string]bool{}
	for name := range desired {
		found[namespaceOf(name)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// ledger gathers the credentials of several teams at once.
type ledger struct {
	*reader
	mu      sync.Mutex
	all     map[string]Credential
	pending map[string]string // namespace -> why nothing can be put there yet
	waits   map[string]string // credential -> why it can get no new robot account yet
}

func (l *ledger) team(ctx context.Context, namespace string) error {
	pulls, err := l.setting.Secrets.PullSecrets(ctx, namespace, account)
	if kube.Pending(err) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pending[namespace] = fmt.Sprintf("namespace %s does not exist yet, or has no service account %s yet", namespace, account)
		return nil
	}
	if err != nil {
		return err
	}
	for _, u := range uses() {
		if err := l.credential(ctx, ticket{namespace, u}, slices.Contains(pulls, u.secret)); err != nil {
			return err
		}
	}
	return nil
}

// credential notes one that is there; without its Secret it is not.
func (l *ledger) credential(ctx context.Context, t ticket, isAttached bool) error {
	s, found, err := l.setting.Secrets.Secret(ctx, t.project, t.use.secret)
	if err != nil || !found {
		return err
	}
	held, desired := t.held(s, l.values.Apps.Harbor.BaseRepoURL), l.desired.Credentials[t.name()]
	c := Credential{Meta: plan.Meta{Team: desired.Team}, Attached: attached(t.use, isAttached)}
	c.Secret = &form{held.Host, s.Type, s.Labels[kube.ManagedBy]}
	if *c.Secret == *desired.Secret {
		c.Secret = desired.Secret
	}
	if err := l.judge(ctx, t, l.pair(t), held, &c); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[t.name()] = c
	if c.Login == loginProved && c.due == dueNothing && c.Duration == desired.Duration && slices.Equal(c.Permissions, desired.Permissions) {
		// No writer needs the robot accounts, of which there may be tens of thousands.
		delete(l.accounts, t.robot(slotA))
		delete(l.accounts, t.robot(slotB))
	}
	return nil
}

func (l *ledger) pair(t ticket) pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	return t.pair(l.accounts)
}

// held is the log-in of a Secret: the one for our registry, or else the only
// one. Its host names all registries of the Secret.
func (t ticket) held(s kube.Secret, host string) kube.Login {
	logins, err := kube.ParseDockerconfig(s.Data[t.use.key])
	if err != nil || len(logins) == 0 {
		return kube.Login{}
	}
	var hosts []string
	ours := kube.Login{}
	for _, l := range logins {
		hosts = append(hosts, l.Host)
		if l.Host == host || len(logins) == 1 {
			ours = l
		}
	}
	ours.Host = strings.Join(hosts, ", ")
	return ours
}

// judge says what the log-in of a Secret is worth.
func (l *ledger) judge(ctx context.Context, t ticket, robots pair, held kube.Login, c *Credential) (err error) {
	now := l.setting.Now()
	c.Username, c.slot = held.Username, t.slotOf(held.Username)
	used := robots.in(c.slot)
	if used != nil {
		c.Permissions, c.Duration = used.permissions, used.duration
	}
	switch {
	case held.Username == "" || held.Password.IsZero():
		c.Login, c.slot = loginNone, slotNone
	case used == nil:
		c.Login = loginNobody
	case used.disabled:
		c.Login = loginDisabled
	case used.expired(now):
		c.Login = loginExpired
	default:
		if c.Login, err = l.prove(ctx, t, t.robot(c.slot), used, held.Password); err == nil && c.Login.works() {
			l.age(t, robots, c)
		}
	}
	c.next = robots.next(c.slot, c.Login, now)
	return err
}

// prove finds out by use whether Harbor takes the password, unless it did so
// once and nothing has changed since.
func (l *ledger) prove(ctx context.Context, t ticket, name string, used *robot, password values.Secret) (login, error) {
	known := l.matches(t, used, password)
	switch {
	case known && l.options.prove != proveAlways:
		return loginProved, nil
	case !known && l.options.prove == proveNever:
		return loginWorks, nil
	}
	works, err := l.alive(ctx, t.project, l.prefix+name, password)
	switch {
	case err != nil:
		return "", err
	case !works:
		return loginRefused, nil
	case known:
		return loginProved, nil
	}
	return loginWorks, nil
}

// age says what time does to a credential that works.
func (l *ledger) age(t ticket, robots pair, c *Credential) {
	now, used := l.setting.Now(), robots.in(c.slot)
	if former := robots.in(c.slot.other()); former != nil && former.only(t.project) { // else it serves others, too
		c.due = robots.due(c.slot, l.options.grace, now)
	}
	if c.due != dueNothing {
		c.Retiring = t.robot(c.slot.other()) + ": " + c.due.String()
	}
	l.wait(t, t.waits(robots, c.slot, l.options.grace, now))
	switch {
	case used.expiresSoon(l.options.grace, now):
		c.Login = loginExpiring
	case l.mustRotate(t, used):
		c.Login = loginRotating
	}
}

func (l *ledger) wait(t ticket, reason string) {
	if reason == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits[t.name()] = reason
}

func (l *ledger) mustRotate(t ticket, used *robot) bool {
	after := l.options.rotateAfter
	if l.setting.Verb == verbRotate && !l.hasRotated(t) {
		return true
	}
	return after > 0 && !l.setting.Now().Before(used.created.Add(after))
}

// own marks what we remember, and adds what we remember of teams that the values
// no longer name.
func (l *ledger) own() {
	for _, name := range l.remembered() {
		if _, known := ticketOf(name); !known {
			continue // something else
		}
		c, found := l.all[name]
		if _, wanted := l.desired.Credentials[name]; wanted && !found {
			continue
		}
		if !found {
			c = Credential{Meta: plan.Meta{Team: strings.TrimPrefix(namespaceOf(name), teamPrefix)}}
		}
		c.Ownership = plan.Ours
		l.all[name] = c
	}
}
