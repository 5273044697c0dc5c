package droneactivate

import (
	"encoding/json"
	"maps"
	"slices"
)

// newSettings are what Drone gives a repository that it sees for the first time. The
// visibility depends on Gitea: what was private stays so, and nothing is opened.
const newSettings = `{
	"config_path": ".drone.yml", "visibility": "private", "timeout": 60, "throttle": 0, "trusted": false, "protected": false,
	"ignore_forks": false, "ignore_pull_requests": false,
	"auto_cancel_pull_requests": false, "auto_cancel_pushes": false, "auto_cancel_running": false
}`

func fresh() (fields map[string]json.RawMessage) {
	_ = json.Unmarshal([]byte(newSettings), &fields) // a constant
	return fields
}

// fields are the declared settings by their JSON names.
func (r Repo) fields() map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	if text, err := json.Marshal(r); err == nil { // it holds texts, numbers and flags
		_ = json.Unmarshal(text, &fields)
	}
	delete(fields, "active")
	return fields
}

// settings are the names of the declared settings that differ from those of a new
// repository.
func (r Repo) settings() []string {
	fields, fresh := r.fields(), fresh()
	maps.DeleteFunc(fields, func(name string, value json.RawMessage) bool { return string(value) == string(fresh[name]) })
	return slices.Sorted(maps.Keys(fields))
}

// takenBack also declares, as Drone begins with it, what an earlier run declared and
// the values no longer do.
func (r Repo) takenBack(declared []string) Repo {
	fields, fresh := r.fields(), fresh()
	gone := slices.DeleteFunc(slices.Clone(declared), func(name string) bool { return fields[name] != nil })
	if len(gone) == 0 {
		return r
	}
	for _, name := range gone {
		fields[name] = fresh[name]
	}
	if text, err := json.Marshal(fields); err == nil {
		_ = json.Unmarshal(text, &r)
	}
	return r
}
