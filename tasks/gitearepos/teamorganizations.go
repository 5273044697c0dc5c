package gitearepos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// The Secret with which a team's builds reach the team's organisation.
const (
	accountSecret     = "gitea-credentials"
	accountSecretType = "kubernetes.io/basic-auth"
	gitAnnotation     = "tekton.dev/git-0"
	keyUsername       = "username"
	keyPassword       = "password"
)

// ServiceAccount owns a team's organisation, and its password is stored in the
// team's namespace. The password is renewed only when none that we know logs in:
//
//	password      known to   change
//	logs in       Secret     none
//	logs in       inventory  the Secret is stored again
//	is refused    us         renewed, stored and proved
//	is unknown    no one     the account is foreign: --accept owner
type ServiceAccount struct {
	plan.Meta      `json:"-"`
	Owner          bool `json:"owner"`
	PasswordWorks  bool `json:"password_works"`
	PasswordStored bool `json:"password_stored"`

	Organization string        `json:"-" plan:"-"`
	Namespace    string        `json:"-" plan:"-"`
	Host         string        `json:"-" plan:"-"` // that Tekton uses the password for
	Password     values.Secret `json:"-" plan:"-"` // the one that works
	Pending      string        `json:"-" plan:"-"` // what the Secret waits for
}

// teamOrganization is the predecessor's name for a team's organisation: a team
// with the platform's name in its id has no prefix.
func teamOrganization(id string) string {
	if strings.Contains(id, organization) {
		return id
	}
	return values.TeamName(id)
}

func desiredOrganizations(v values.Values) map[string]Organization {
	all := map[string]Organization{organization: {RepoAdminChangeTeamAccess: new(true)}}
	if v.Platform.Gitea.TeamOrganizations {
		for id := range v.GiteaTeams() {
			all[teamOrganization(id)] = Organization{Meta: plan.Meta{Team: id}}
		}
	}
	return all
}

func desiredServiceAccounts(v values.Values) map[string]ServiceAccount {
	if !v.Platform.Gitea.TeamOrganizations {
		return nil
	}
	all := map[string]ServiceAccount{}
	for id := range v.GiteaTeams() {
		all["organization-"+values.TeamName(id)] = ServiceAccount{
			Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Owner: true, PasswordWorks: true, PasswordStored: true,
			Organization: teamOrganization(id), Namespace: values.TeamName(id), Host: "https://gitea." + v.Cluster.DomainSuffix,
		}
	}
	return all
}

// serviceAccounts asks for each team one question that tells of organisation,
// account and right at once, and one that proves the password.
func (r *reader) serviceAccounts(ctx context.Context) error {
	r.current.ServiceAccounts = map[string]ServiceAccount{}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.desired.ServiceAccounts)), func(name string) bool {
		return !r.selected(r.desired.ServiceAccounts[name].Team)
	})
	notes := r.inventory.Owned(kindServiceAccount)
	return r.setting.Each(ctx, names, func(ctx context.Context, name string) error {
		account := r.desired.ServiceAccounts[name]
		account.PasswordWorks, account.PasswordStored = false, false
		exists, err := r.readOwner(ctx, name, &account)
		if err != nil || !exists {
			return err
		}
		known, err := r.provePassword(ctx, name, &account)
		account.Meta = plan.Meta{Team: account.Team, ID: name, Ownership: plan.Foreign}
		if known || notes[name] != "" {
			account.Ownership = plan.OursIf(notes[name] == name, plan.Predecessor)
		}
		account.Pending = r.inventory.Observed(kindPending + " " + name)[name]
		r.add(func(s *State) { s.ServiceAccounts[name] = account })
		return err
	})
}

// readOwner tells whether the account exists, and notes the organisation.
func (r *reader) readOwner(ctx context.Context, name string, account *ServiceAccount) (exists bool, err error) {
	var rights struct {
		Owner bool `json:"is_owner"`
	}
	found := func() {
		r.add(func(s *State) {
			s.Organizations[account.Organization] = Organization{Meta: plan.Meta{Team: account.Team}}
		})
	}
	both, err := r.get(ctx, "users/"+name+"/orgs/"+account.Organization+"/permissions", &rights)
	if err != nil {
		return false, fmt.Errorf("reading the rights of account %s: %w", name, err)
	}
	if account.Owner = rights.Owner; both {
		found()
		return true, nil
	}
	rep, err := response.OK(r.api.GetOrganizationWithResponse(ctx, account.Organization))
	if err != nil && !transport.IsNotFound(err) {
		return false, fmt.Errorf("reading organisation %s: %w", account.Organization, err)
	}
	if err == nil && fold(response.Value(rep.Name)) == fold(account.Organization) {
		found()
	}
	_, exists, err = r.readAccount(ctx, name)
	return exists, err
}

// provePassword tries the passwords that we know.
func (r *reader) provePassword(ctx context.Context, name string, account *ServiceAccount) (known bool, err error) {
	stored, _, err := r.setting.Secrets.Secret(ctx, account.Namespace, accountSecret)
	if err != nil {
		return false, err
	}
	for _, password := range []values.Secret{stored.Data[keyPassword], r.inventory.Credential(passwordOf(name))} {
		if password.IsZero() || account.PasswordWorks {
			continue
		}
		known = true
		if account.PasswordWorks, err = r.logsIn(ctx, name, password); err != nil {
			return known, err
		}
		if account.PasswordWorks {
			account.Password = password
		}
	}
	account.PasswordStored = account.PasswordWorks && stored.Data[keyPassword].Equal(account.Password) && stored.Data[keyUsername].Reveal() == name &&
		stored.Annotations[gitAnnotation] == account.Host
	return known, nil
}

func passwordOf(name string) string { return kindServiceAccount + " " + name }

// logsIn tries a password. Only Gitea's own words count as a refusal.
func (a *Application) logsIn(ctx context.Context, name string, password values.Secret) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.values.Apps.Gitea.Address+"/api/v1/user", http.NoBody)
	if err != nil {
		return false, err
	}
	req.SetBasicAuth(name, password.Reveal())
	resp, err := a.plain.Do(req)
	if err != nil {
		return false, fmt.Errorf("proving the password of account %s: %w", name, err)
	}
	defer resp.Body.Close()
	var told struct{ Login, Message string }
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&told)
	switch {
	case err == nil && resp.StatusCode == http.StatusOK && fold(told.Login) == fold(name):
		return true, nil
	case err == nil && resp.StatusCode == http.StatusUnauthorized && told.Message != "":
		return false, nil
	}
	return false, fmt.Errorf("proving the password of account %s: %w", name, &response.UnexpectedError{
		Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Want: "the account, or Gitea's refusal"})
}

// serviceAccount makes what is missing: the account, its password in the Secret,
// its right.
func (w *writer) serviceAccount(ctx context.Context, c plan.Change[ServiceAccount]) error {
	if _, failed := w.failedOrgs.Load(c.After.Organization); failed {
		return &task.SkipError{Reason: "organisation " + c.After.Organization + " could not be created"}
	}
	account := *c.After
	if c.Before != nil {
		account.Password = c.Before.Password
	}
	if account.Password.IsZero() {
		if err := w.setPassword(ctx, c, &account); err != nil {
			return err
		}
	}
	w.inventory.KeepCredential(passwordOf(c.Name), account.Password)
	w.inventory.Own(kindServiceAccount, c.Name, c.Name)
	if c.Before == nil || !c.Before.Owner {
		if err := w.makeOwner(ctx, c.Name, account.Organization); err != nil {
			return err
		}
	}
	if c.Before != nil && c.Before.PasswordStored {
		return nil
	}
	return w.storePassword(ctx, c.Name, account)
}

// setPassword keeps the new password before Gitea gets it, and after that proves
// that it logs in.
func (w *writer) setPassword(ctx context.Context, c plan.Change[ServiceAccount], account *ServiceAccount) error {
	account.Password = values.NewSecret(firstPassword(&User{}))
	w.inventory.KeepCredential(passwordOf(c.Name), account.Password)
	w.inventory.Own(kindServiceAccount, c.Name, c.Name)
	err := w.inventory.Save(ctx)
	if err != nil {
		return err
	}
	if c.Action == plan.Create {
		_, err = response.Created(w.api.CreateUserWithResponse(ctx, gitea.CreateUserOption{
			Username: c.Name, Email: values.TeamName(c.Team()) + "@mail.com", Password: new(account.Password.Reveal()), MustChangePassword: new(false)}))
	} else {
		_, err = w.api.UpdateUserWithResponse(ctx, c.Name, gitea.EditUserOption{LoginName: c.Name, Password: new(account.Password.Reveal()), MustChangePassword: new(false)})
	}
	if err != nil {
		return err
	}
	works, err := w.logsIn(ctx, c.Name, account.Password)
	if err == nil && !works {
		return errors.New("the server refuses the password that it was just given")
	}
	return err
}

func (w *writer) makeOwner(ctx context.Context, name, org string) error {
	teams, err := response.OK(w.api.ListTeamsWithResponse(ctx, org, &gitea.ListTeamsParams{}))
	if err != nil {
		return fmt.Errorf("reading the teams of organisation %s: %w", org, err)
	}
	i := slices.IndexFunc(teams, func(t gitea.Team) bool { return fold(response.Value(t.Name)) == teamOwners })
	if i < 0 {
		return fmt.Errorf("organisation %s shows no team of owners", org)
	}
	_, err = w.api.AddTeamMemberWithResponse(ctx, response.Value(teams[i].ID), name)
	return err
}

func (w *writer) storePassword(ctx context.Context, name string, account ServiceAccount) error {
	err := w.setting.Secrets.ApplySecret(ctx, kube.Secret{
		Namespace: account.Namespace, Name: accountSecret, Type: accountSecretType, Annotations: map[string]string{gitAnnotation: account.Host},
		Data: map[string]values.Secret{keyUsername: values.NewSecret(name), keyPassword: account.Password},
	})
	if kube.Pending(err) {
		w.inventory.Observe(kindPending+" "+name, map[string]string{name: err.Error()})
		return nil
	}
	return err
}

func (g guard) serviceAccounts(p *Plan) {
	block(&p.ServiceAccounts, func(c plan.Change[ServiceAccount]) string {
		if c.Action == plan.Update && c.DiffersOnly("password_stored") {
			return c.Before.Pending
		}
		return ""
	})
	lose(&p.ServiceAccounts, func(before, _ ServiceAccount) string {
		if before.PasswordWorks {
			return ""
		}
		return "the password that builds may work with"
	})
}
