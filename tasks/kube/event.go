package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"otomi.io/tasks/tasks/values"
)

// MaxEventMessage is how many bytes Kubernetes takes as the message of an Event.
const MaxEventMessage = 1024

// Job is the Job that a run belongs to.
type Job struct{ Namespace, Name, UID, Pod string }

// JobOf reads what the pod template tells the container: POD_NAMESPACE,
// POD_NAME, JOB_NAME (label batch.kubernetes.io/job-name) and JOB_UID (label
// batch.kubernetes.io/controller-uid). It returns false outside of a Job.
// Without the uid the Event exists, but `kubectl describe job` does not find it.
func JobOf(env map[string]string) (Job, bool) {
	job := Job{Namespace: env["POD_NAMESPACE"], Name: env["JOB_NAME"], UID: env["JOB_UID"], Pod: env["POD_NAME"]}
	return job, job.Namespace != "" && job.Name != ""
}

// Event is what a person reads about a run under its Job.
type Event struct {
	// Warning tells a failed run from a successful one.
	Warning bool
	// Reason is one word in CamelCase, such as Converged.
	Reason string
	// Message is cut after MaxEventMessage bytes.
	Message string
	// Hide are the secrets that the message must not show.
	Hide []values.Secret
}

// eventObject is an Event as the API has it.
type eventObject struct {
	APIVersion         string      `json:"apiVersion"`
	Kind               string      `json:"kind"`
	Metadata           metadata    `json:"metadata"`
	InvolvedObject     involved    `json:"involvedObject"`
	Type               string      `json:"type"`
	Reason             string      `json:"reason"`
	Message            string      `json:"message"`
	Source             source      `json:"source"`
	FirstTimestamp     metav1.Time `json:"firstTimestamp"`
	LastTimestamp      metav1.Time `json:"lastTimestamp"`
	Count              int32       `json:"count"`
	ReportingComponent string      `json:"reportingComponent"`
	ReportingInstance  string      `json:"reportingInstance"`
}

type involved struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
}

type source struct {
	Component string `json:"component"`
}

// Report writes one Event about a Job.
func (c *Cluster) Report(ctx context.Context, job Job, e Event) error {
	err := errors.New("the reason is missing")
	if e.Reason != "" {
		err = c.do(ctx, call{
			method: http.MethodPost, object: eventIn(job.Namespace), collection: true,
			query: asManager(url.Values{}), body: newEventObject(job, e, metav1.NewTime(time.Now())),
		}, nil)
	}
	if err != nil {
		return fmt.Errorf("writing an event about job %s/%s: %w", job.Namespace, job.Name, err)
	}
	return nil
}

func newEventObject(job Job, e Event, now metav1.Time) eventObject {
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	return eventObject{
		APIVersion: "v1", Kind: "Event", Metadata: metadata{GenerateName: job.Name + ".", Namespace: job.Namespace},
		InvolvedObject: involved{APIVersion: "batch/v1", Kind: "Job", Namespace: job.Namespace, Name: job.Name, UID: job.UID},
		Type:           kind, Reason: e.Reason, Message: e.message(), Source: source{Manager},
		FirstTimestamp: now, LastTimestamp: now, Count: 1, ReportingComponent: "otomi.io/tasks", ReportingInstance: job.Pod,
	}
}

// message hides before it cuts: half a secret would not be found any more.
func (e Event) message() string {
	text := strings.ToValidUTF8(e.Message, "\ufffd")
	for _, secret := range e.Hide {
		if !secret.IsZero() {
			text = strings.ReplaceAll(text, secret.Reveal(), secret.String())
		}
	}
	const more = " …"
	if len(text) <= MaxEventMessage {
		return text
	}
	end := MaxEventMessage - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
