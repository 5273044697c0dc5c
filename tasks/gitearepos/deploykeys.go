package gitearepos

import (
	"context"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
)

// A deploy key cannot be changed, and both its title and its content are unique in
// a repository:
//
//	difference   steps                                      refused halfway
//	content      add the new key under a title of its own,  the old key stays
//	             delete the old one, delete and add the
//	             new one under the declared title
//	right only   delete the key, add it again               the old right comes back
const successorTitle = " (successor)"

func (w *writer) deployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	switch c.Action {
	case plan.Adopt:
		w.inventory.Own(kindKey, c.Name, c.Before.ID)
		return nil
	case plan.Delete:
		err := w.deleteDeployKey(ctx, c.Before.Repository, c.Before.ID)
		if err == nil {
			w.disown(kindKey, c.Name)
		}
		return err
	case plan.Update:
		return w.replaceDeployKey(ctx, c)
	}
	return w.addDeployKey(ctx, c.Name, *c.After)
}

func (w *writer) replaceDeployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	successor, tried := *c.After, ""
	if c.Before.Key != c.After.Key {
		successor.Title += successorTitle
		made, err := w.createDeployKey(ctx, successor)
		if err != nil {
			return err
		}
		tried = id(made.ID)
	}
	for _, old := range []string{c.Before.ID, tried} {
		if err := w.deleteDeployKey(ctx, c.Before.Repository, old); err != nil {
			return err
		}
	}
	err := w.addDeployKey(ctx, c.Name, *c.After)
	if err != nil && tried == "" {
		_ = w.addDeployKey(ctx, c.Name, *c.Before) // the first error is the one to tell
	}
	return err
}

func (w *writer) deleteDeployKey(ctx context.Context, repo, key string) error {
	if key == "" {
		return nil
	}
	_, err := w.api.DeleteDeployKeyWithResponse(ctx, organization, repo, serverID(key))
	return ignoreNotFound(err)
}

func (w *writer) addDeployKey(ctx context.Context, name string, k DeployKey) error {
	if err := w.requireRepository(k.Repository); err != nil {
		return err
	}
	made, err := w.createDeployKey(ctx, k)
	if err == nil {
		w.inventory.Own(kindKey, name, id(made.ID))
	}
	return err
}

func (w *writer) createDeployKey(ctx context.Context, k DeployKey) (gitea.DeployKey, error) {
	return response.Created(w.api.CreateDeployKeyWithResponse(ctx, organization, k.Repository, gitea.CreateKeyOption{
		Title: k.Title, Key: k.Key, ReadOnly: &k.ReadOnly}))
}
