package kube

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// leaseObject is a Lease as the API has it.
type leaseObject struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Metadata   metadata  `json:"metadata"`
	Spec       leaseSpec `json:"spec"`
}

// leaseSpec says who holds it. A Lease without a holder is free.
type leaseSpec struct {
	HolderIdentity       string            `json:"holderIdentity"`
	LeaseDurationSeconds int32             `json:"leaseDurationSeconds,omitempty"`
	AcquireTime          *metav1.MicroTime `json:"acquireTime,omitempty"`
	RenewTime            *metav1.MicroTime `json:"renewTime,omitempty"`
	LeaseTransitions     int32             `json:"leaseTransitions"`
}

func (s leaseSpec) duration() time.Duration {
	return time.Duration(s.LeaseDurationSeconds) * time.Second
}

// lease is the Lease of one name, as one run sees it.
type lease struct {
	cluster *Cluster
	target  object
	holder  string
	// duration is how long a holder that no longer renews keeps it.
	duration time.Duration

	seen  string    // the version that was read last
	since time.Time // when it was first read
}

// try takes the Lease where it is free, its holder's time is over, or it is
// ours already: the answer to an earlier try may have been lost. Otherwise it
// returns a LockedError.
func (l *lease) try(ctx context.Context) (leaseObject, error) {
	held, err := l.read(ctx)
	switch {
	case apierrors.IsNotFound(err):
		held = leaseObject{APIVersion: "coordination.k8s.io/v1", Kind: "Lease", Metadata: metadata{
			Name: l.target.name, Namespace: l.target.namespace, Labels: map[string]string{ManagedBy: Manager},
		}}
	case err != nil:
		return leaseObject{}, err
	case !l.free(held):
		return leaseObject{}, locked(held.Spec)
	}
	taken, err := l.write(ctx, l.claim(held))
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return leaseObject{}, &LockedError{Holder: "a run that took it at the same moment"}
	}
	return taken, err
}

// skew is how far the clocks of two nodes may be apart.
const skew = 5 * time.Second

// free tells whether the Lease can be taken. A holder's time is over when it
// says so, with some time for clocks that differ, or when we ourselves saw no
// renewal for so long, whatever the clocks say.
func (l *lease) free(held leaseObject) bool {
	now := time.Now()
	if l.seen != held.Metadata.ResourceVersion {
		l.seen, l.since = held.Metadata.ResourceVersion, now
	}
	spec := held.Spec
	if spec.HolderIdentity == "" || spec.HolderIdentity == l.holder || spec.RenewTime == nil {
		return true
	}
	return now.Sub(spec.RenewTime.Time) > spec.duration()+skew || now.Sub(l.since) > spec.duration()
}

// claim is the Lease with us as its holder.
func (l *lease) claim(held leaseObject) leaseObject {
	now := metav1.NewMicroTime(time.Now())
	if held.Metadata.ResourceVersion != "" && held.Spec.HolderIdentity != l.holder {
		held.Spec.LeaseTransitions++
	}
	held.Spec.HolderIdentity, held.Spec.LeaseDurationSeconds = l.holder, int32(l.duration/time.Second) //nolint:gosec // NewLocker bounds it
	held.Spec.AcquireTime, held.Spec.RenewTime = &now, &now
	return held
}

// renew moves the end of our time. When the Lease changed but is still ours,
// another writer touched its labels, or the answer to an earlier write was lost.
func (l *lease) renew(ctx context.Context, ours leaseObject) (leaseObject, error) {
	return l.update(ctx, ours, func(o *leaseObject) {
		now := metav1.NewMicroTime(time.Now())
		o.Spec.RenewTime = &now
	})
}

// release leaves the Lease free, with what the holder wants to leave in it.
func (l *lease) release(ctx context.Context, ours leaseObject, leave func(*leaseObject)) error {
	_, err := l.update(ctx, ours, func(o *leaseObject) {
		o.Spec.HolderIdentity = ""
		leave(o)
	})
	return err
}

// update writes our Lease, and again over a newer version that is still
// ours. It returns a LockedError when it no longer is.
func (l *lease) update(ctx context.Context, ours leaseObject, change func(*leaseObject)) (leaseObject, error) {
	change(&ours)
	written, err := l.write(ctx, ours)
	if !apierrors.IsConflict(err) {
		return written, err
	}
	newer, err := l.read(ctx)
	if err != nil {
		return leaseObject{}, err
	}
	if newer.Spec.HolderIdentity != l.holder {
		return leaseObject{}, locked(newer.Spec)
	}
	change(&newer)
	return l.write(ctx, newer)
}

func (l *lease) read(ctx context.Context) (leaseObject, error) {
	var o leaseObject
	err := l.cluster.do(ctx, call{method: http.MethodGet, object: l.target}, &o)
	if err != nil {
		return leaseObject{}, fmt.Errorf("reading lease %s/%s: %w", l.target.namespace, l.target.name, err)
	}
	return o, nil
}

// write creates the Lease, or replaces the version that it was read as.
func (l *lease) write(ctx context.Context, o leaseObject) (leaseObject, error) {
	write := call{method: http.MethodPut, object: l.target, query: asManager(url.Values{}), body: o}
	if o.Metadata.ResourceVersion == "" {
		write.method, write.collection = http.MethodPost, true
	}
	var written leaseObject
	if err := l.cluster.do(ctx, write, &written); err != nil {
		return leaseObject{}, fmt.Errorf("writing lease %s/%s: %w", l.target.namespace, l.target.name, err)
	}
	return written, nil
}

// locked names the holder, and the ages by which a person sees whether it is
// alive.
func locked(spec leaseSpec) error {
	holder := spec.HolderIdentity
	if holder == "" {
		holder = "no run any more"
	}
	if spec.AcquireTime != nil && spec.RenewTime != nil {
		holder += fmt.Sprintf(" (since %s, last seen %s ago)", age(spec.AcquireTime), age(spec.RenewTime))
	}
	return &LockedError{Holder: holder}
}

func age(t *metav1.MicroTime) time.Duration {
	return max(time.Since(t.Time), 0).Round(time.Second)
}
