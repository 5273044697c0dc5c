package plan_test

import (
	"maps"
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// box is a state of two kinds: what the tests plan.
type box struct {
	plan.Meta `json:"-"`
	Title     string              `json:"title,omitempty"`
	Note      *string             `json:"note"`
	Count     int                 `json:"count"`
	Open      *bool               `json:"open"`
	Tags      []string            `json:"tags"`
	Config    map[string]string   `json:"config"`
	Lists     map[string][]string `json:"lists"`
	Levels    map[int]string      `json:"levels"`
	Lid       lid                 `json:"lid"`
	Spare     *lid                `json:"spare"`
	Parts     []part              `json:"parts"`
	Extra     any                 `json:"extra"`
	Key       secret              `json:"key"`
	NextKey   *secret             `json:"nextKey"`
	Keys      []secret            `json:"keys"`
	KeyOf     map[string]secret   `json:"keyOf"`
	Parent    string              `plan:"-"`
	JustAName string
	Hidden    string `json:"-"`
	private   string
}

type lid struct {
	Colour *string `json:"colour"`
	Weight int     `json:"weight"`
}

type part struct {
	Name  string  `json:"name"`
	Notes *string `json:"notes,omitempty"`
}

// secret prints itself: only the plan can keep it.
type secret struct{ text string }

func (s secret) Reveal() string { return s.text }

func (s secret) String() string { return s.text }

// rack is a second kind.
type rack struct {
	plan.Meta
	Size int `json:"size"`
}

// boxes is the plan of both.
type boxes struct {
	Boxes plan.Kind[box]
	Racks plan.Kind[rack]
}

func (p *boxes) Kinds() []plan.Set { return []plan.Set{&p.Boxes, &p.Racks} }

// of makes the plan of two states of boxes.
func of(desired, current map[string]box) *boxes {
	return &boxes{Boxes: plan.Diff("box", desired, current), Racks: plan.Diff[rack]("rack", nil, nil)}
}

// summary is what a change does, for tables.
type summary struct {
	Action  plan.Action
	Name    string
	Blocked string
}

func summarise[T plan.Object](changes []plan.Change[T]) []summary {
	var all []summary
	for _, c := range changes {
		all = append(all, summary{c.Action, c.Name, c.Blocked})
	}
	return all
}

func names[T any](of map[string]T) []string { return slices.Sorted(maps.Keys(of)) }
