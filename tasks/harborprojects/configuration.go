package harborprojects

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

const jsonType = "application/json"

// secretPrint is the name of the client secret among the fingerprints.
const secretPrint = "oidc_client_secret"

// overwriting is the variable of the server that takes the configuration away
// from all users.
const overwriting = "CONFIG_OVERWRITE_JSON"

// item is a key of Harbor's configuration.
type item struct {
	Value    json.RawMessage `json:"value"`
	Editable bool            `json:"editable"`
}

// configuration is the one request of a run without differences that only the
// administrator may send.
func (r *reader) configuration(ctx context.Context) error {
	read, err := r.admin.GetConfigurationWithResponse(ctx)
	if _, err := response.OK(read, err); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	items := map[string]item{}
	if err := json.Unmarshal(read.Body, &items); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	held, err := configurationFrom(items)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	r.current.server.prefix = value(held.RobotNamePrefix)
	desired := r.desired.Configurations[settings]
	if r.inventory.Matches(secretPrint, desired.OIDCClientSecret) || held.Managed != "" {
		held.OIDCClientSecret = desired.OIDCClientSecret // what cannot be changed needs no proof
	}
	r.current.Configurations = map[string]Configuration{
		settings: held, robotNames: {RobotNamePrefix: held.RobotNamePrefix, Managed: held.Managed},
	}
	return refuseMode(desired, held, items["auth_mode"].Editable)
}

func configurationFrom(items map[string]item) (Configuration, error) {
	held := map[string]json.RawMessage{}
	for key, i := range items {
		if key != secretPrint {
			held[key] = i.Value
		}
	}
	var c Configuration
	text, err := json.Marshal(held)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}
	// Users alone make auth_mode fixed, the variable everything.
	if name, known := items["oidc_name"]; known && !name.Editable {
		c.Managed = "managed elsewhere, by " + overwriting + " of the server"
	}
	return c, nil
}

// refuseMode ends a run that could change nothing: while there are accounts of
// another kind, Harbor refuses another auth_mode.
func refuseMode(desired, held Configuration, editable bool) error {
	if desired.AuthMode == nil || editable || held.Managed != "" || value(held.AuthMode) == *desired.AuthMode {
		return nil
	}
	return &plan.UnsafeError{Reasons: []string{fmt.Sprintf(
		"configuration %s: auth_mode is %s and cannot become %s, because people have accounts in Harbor already: delete all users but the administrator first",
		settings, value(held.AuthMode), *desired.AuthMode)}}
}

// completeConfigurations adds what follows from the server. A setting that it
// does not have is left out.
func completeConfigurations(desired, current map[string]Configuration) map[string]Configuration {
	if c, declared := desired[settings]; declared && current[settings].PrimaryAuthMode == nil {
		desired = maps.Clone(desired)
		c.PrimaryAuthMode = nil
		desired[settings] = c
	}
	return namingRobots(desired, current)
}

// namingRobots lets a Harbor that has no robot accounts yet take the platform's
// prefix: its own, robot$, is a variable in every shell. Where there are some, theirs stays unless the values say otherwise.
func namingRobots(desired, current map[string]Configuration) map[string]Configuration {
	_, declared := desired[robotNames]
	held := current[robotNames]
	if declared || held.RobotNamePrefix == nil || held.Robots || held.Managed != "" {
		return desired
	}
	desired = maps.Clone(desired)
	desired[robotNames] = Configuration{RobotNamePrefix: new(platformPrefix)}
	return desired
}

// countRobots says whether a new prefix would rename any but our service robot.
func (r *reader) countRobots(ctx context.Context) (err error) {
	wanted := platformPrefix
	if c, declared := r.desired.Configurations[robotNames]; declared {
		wanted = value(c.RobotNamePrefix)
	}
	c := r.current.Configurations[robotNames]
	if wanted == r.current.server.prefix || c.Managed != "" || r.desired.withoutPlatform {
		return nil
	}
	for name := range r.accounts {
		c.Robots = c.Robots || name != serviceRobotName
	}
	if !c.Robots {
		c.Robots, err = r.anyProjectRobot(ctx)
	}
	r.current.Configurations[robotNames] = c
	return err
}

// anyProjectRobot looks for robot accounts inside of projects, which no list of
// all shows, and which the service robot may not see.
func (r *reader) anyProjectRobot(ctx context.Context) (bool, error) {
	reps, err := listProjects(ctx, r.admin, "", r.setting.PageSize)
	if err != nil {
		return false, fmt.Errorf("reading projects: %w", err)
	}
	for _, rep := range reps {
		robots, err := response.OK(r.admin.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{
			Q: new(fmt.Sprintf("Level=project,ProjectID=%d", value(rep.ProjectID))), PageSize: number(1)}))
		if err != nil {
			return false, fmt.Errorf("reading the robot accounts of project %s: %w", value(rep.Name), err)
		}
		if len(robots) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// configuration writes the keys that differ.
func (w *writer) configuration(ctx context.Context, c plan.Change[Configuration]) error {
	body, err := changed(c)
	if err != nil {
		return err
	}
	w.configuring.Lock() // both parts are one object in Harbor
	defer w.configuring.Unlock()
	if _, err := w.admin.UpdateConfigurationWithBodyWithResponse(ctx, jsonType, bytes.NewReader(body)); err != nil {
		return asManaged(err)
	}
	if c.Differs(secretPrint) {
		w.inventory.Remember(secretPrint, c.After.OIDCClientSecret)
	}
	return nil
}

// changed is the JSON of the fields that differ.
func changed(c plan.Change[Configuration]) ([]byte, error) {
	text, err := json.Marshal(c.After)
	if err != nil {
		return nil, err
	}
	all, body := map[string]any{}, map[string]any{}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	all[secretPrint] = c.After.OIDCClientSecret.Reveal()
	for _, f := range c.Reason {
		body[f.Path] = all[f.Path]
	}
	return json.Marshal(body)
}

// ManagedError is a configuration that the server's environment holds and
// that cannot be changed.
type ManagedError struct{ Message string }

func (e *ManagedError) Error() string {
	return "the configuration is managed elsewhere, by " + overwriting + " of the server: " + e.Message
}

// asManaged tells the 403 of such a server, where no right would help, from a
// missing right.
func asManaged(err error) error {
	status, ok := errors.AsType[*transport.StatusError](err)
	if ok && transport.IsForbidden(err) && strings.Contains(status.Message, overwriting) {
		return &ManagedError{Message: status.Message}
	}
	return err
}
