package kube

import "context"

// SecretStore is where the Secrets of Kubernetes are stored: a *Cluster or a *Directory,
// which document the methods.
type SecretStore interface {
	secrets
	accounts
	versionedStore
}

type secrets interface {
	Secret(ctx context.Context, namespace, name string) (s Secret, found bool, err error)
	ApplySecret(ctx context.Context, s Secret) error
	DeleteSecret(ctx context.Context, namespace, name string) error
}

type accounts interface {
	PullSecrets(ctx context.Context, namespace, account string) ([]string, error)
	AddPullSecrets(ctx context.Context, namespace, account string, names ...string) error
	DropPullSecrets(ctx context.Context, namespace, account string, names ...string) error
}
