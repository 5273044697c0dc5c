package kube_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

func TestJobOf(t *testing.T) {
	t.Parallel()
	whole := map[string]string{"POD_NAMESPACE": "otomi", "POD_NAME": "core-x", "JOB_NAME": "core", "JOB_UID": "u"}
	job, inJob := kube.JobOf(whole)
	if diff := cmp.Diff(kube.Job{Namespace: "otomi", Name: "core", UID: "u", Pod: "core-x"}, job); diff != "" || !inJob {
		t.Errorf("in a job %v: -want, +got:\n%s", inJob, diff)
	}
	if _, inJob := kube.JobOf(map[string]string{"POD_NAMESPACE": "otomi"}); inJob {
		t.Error("a pod without a job is in one")
	}
}

func TestEventMessage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 600)
	cases := map[string]struct {
		reason, message string
		hide            []string
		want            string
	}{
		"Short":   {"as it is", "3 created", nil, "3 created"},
		"Long":    {"cut, but never in the middle of a character", long, nil, strings.Repeat("ä", 510) + " …"},
		"Fits":    {"just as long as allowed", long[:1024], nil, long[:1024]},
		"Secret":  {"hidden wherever it occurs", "a geheim b geheim", []string{"geheim", ""}, "a *** b ***"},
		"AtEnd":   {"hidden before it is cut", strings.Repeat("x", 1015) + "geheimgeheim", []string{"geheimgeheim"}, strings.Repeat("x", 1015) + "***"},
		"NoUTF8":  {"invalid UTF-8 would be refused", "a\xffb", nil, "a\ufffdb"},
		"Nothing": {"there may be nothing to say", "", nil, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w watched
			var hide []values.Secret
			for _, text := range tc.hide {
				hide = append(hide, values.NewSecret(text))
			}
			job := kube.Job{Namespace: "red", Name: "core"}
			if err := connect(t, w.config(memory(t))).Report(t.Context(), job, kube.Event{Reason: "X", Message: tc.message, Hide: hide}); err != nil {
				t.Fatal(err)
			}
			var sent struct{ Message, Type string }
			if err := json.Unmarshal([]byte(w.bodies[0]), &sent); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, sent.Message); diff != "" || len(sent.Message) > kube.MaxEventMessage || !utf8.ValidString(sent.Message) || sent.Type != "Normal" {
				t.Errorf("%s: %d bytes, type %s: -want, +got:\n%s", tc.reason, len(sent.Message), sent.Type, diff)
			}
		})
	}
}
