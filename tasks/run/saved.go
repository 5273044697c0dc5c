package run

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// savedVersion is the version of the form of a saved plan.
const savedVersion = 1

// savedPlan is a plan in a file, which apply performs unchanged or refuses. It holds
// no secret: of secrets a plan only says that they change.
type savedPlan struct {
	FormatVersion int          `json:"formatVersion"`
	Task          string       `json:"task"`
	Header        plan.Header  `json:"header"`
	Options       savedOptions `json:"options"`
	// Digest tells the plan from any other.
	Digest string `json:"digest"`
	// Plan is for people.
	Plan json.RawMessage `json:"plan"`
}

// savedOptions are the flags on which a plan depends.
type savedOptions struct {
	Policy        string         `json:"policy"`
	Teams         []string       `json:"teams,omitempty"`
	Shard         string         `json:"shard,omitempty"`
	AllowRemovals map[string]int `json:"allowRemovals,omitempty"`
	RemovalCap    float64        `json:"removalCap"`
	Accept        []string       `json:"accept,omitempty"`
	Leavers       string         `json:"leavers"`
	Installation  string         `json:"installation,omitempty"`
	Platform      string         `json:"platform,omitempty"`
}

// readSaved reads the plan that apply was given, and takes its flags from it.
func (r *runner) readSaved(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading the saved plan: %w", err)
	}
	var s savedPlan
	if err := json.Unmarshal(content, &s); err != nil {
		return fmt.Errorf("reading the saved plan %s: %w", name, err)
	}
	if s.FormatVersion != savedVersion || s.Task != r.task.Name {
		return fmt.Errorf("%s is not a saved plan of %s: make one with %s plan --out FILE", name, r.task.Name, r.task.Name)
	}
	o := &r.options
	o.policyName, o.teams, o.shardName = s.Options.Policy, s.Options.Teams, s.Options.Shard
	o.allowRemovals, o.removalCap, o.accept = s.Options.AllowRemovals, s.Options.RemovalCap, s.Options.Accept
	o.leavers, o.installation, o.platform = s.Options.Leavers, s.Options.Installation, s.Options.Platform
	r.saved = &s
	return nil
}

// save writes a plan that passed its guards into the file of --out.
func (r *runner) save(p planned) error {
	if r.options.out == "" || r.verb != verbPlan {
		return nil
	}
	file, err := os.OpenFile(r.options.out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	o := r.options
	head, err := json.Marshal(savedPlan{
		FormatVersion: savedVersion, Task: r.task.Name, Header: r.report.header, Digest: hexDigest(p), Plan: json.RawMessage("0"),
		Options: savedOptions{o.policyName, o.teams, o.shardName, o.allowRemovals, o.removalCap, o.accept, o.leavers, o.installation, o.platform},
	})
	if err == nil {
		// The plan takes the place of the last value, line by line: it may be long.
		_, err = file.Write(head[:len(head)-len("0}")])
	}
	if err == nil {
		err = plan.WriteJSON(file, r.task.Name, nil, plan.Lines(p))
	}
	if err == nil {
		_, err = file.WriteString("}\n")
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// checkSaved refuses a plan that is not the one which was saved.
func (r *runner) checkSaved(p planned) error {
	if r.saved == nil {
		return nil
	}
	var reasons []string
	for _, now := range r.report.header {
		i := slices.IndexFunc(r.saved.Header, func(n plan.Note) bool { return n.Name == now.Name })
		if i < 0 || r.saved.Header[i].Value != now.Value {
			reasons = append(reasons, fmt.Sprintf("%s is another: %s", now.Name, now.Value))
		}
	}
	if hexDigest(p) != r.saved.Digest {
		reasons = append(reasons, "the changes are others than those that were saved")
	}
	if len(reasons) == 0 {
		return nil
	}
	return &plan.UnsafeError{Reasons: append([]string{"the saved plan is out of date"}, reasons...)}
}

func hexDigest(p planned) string {
	sum := digest(p)
	return hex.EncodeToString(sum[:])
}
