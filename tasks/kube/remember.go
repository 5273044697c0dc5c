package kube

import (
	"context"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// remembered is the annotation of a Lease with what a run left for the next one.
const remembered = "otomi.io/remembered"

// Recall is what the last holder of the lock of that name left; "" is nothing. It
// takes no lock.
func (l *Locker) Recall(ctx context.Context, name string) (string, error) {
	held := lease{cluster: l.cluster, target: leaseNamed(l.options.Namespace, name)}
	o, err := held.read(ctx)
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	return o.Metadata.Annotations[remembered], err
}

// Remember leaves a short text with the lock when it is given back.
func (l *Locker) Remember(text string) { l.text = text }

// remember puts what is to be left into a Lease.
func (l *Locker) remember(o *leaseObject) {
	if l.text == "" {
		return
	}
	if o.Metadata.Annotations == nil {
		o.Metadata.Annotations = map[string]string{}
	}
	o.Metadata.Annotations[remembered] = l.text
}

// Replicas is how many pods a Deployment should have; 0 is also one that does not
// exist.
func (c *Cluster) Replicas(ctx context.Context, namespace, name string) (int, error) {
	var deployment struct {
		Spec struct{ Replicas *int } `json:"spec"`
	}
	err := c.do(ctx, call{method: http.MethodGet, object: object{"apis/apps/v1", "deployments", namespace, name}}, &deployment)
	switch replicas := deployment.Spec.Replicas; {
	case apierrors.IsNotFound(err):
		return 0, nil
	case err != nil || replicas == nil:
		return 1, err // the default of Kubernetes
	default:
		return *replicas, nil
	}
}
