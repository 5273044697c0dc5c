// Package credential decides what a team's login for the registry needs. It is
// pure: no network, no clock, no state.
//
// A credential has two slots, each with room for one robot account. A new secret
// is always that of a new robot account in the other slot, so that the former one
// works until its grace time is over.
//
//	the Secret's login   robot account in use    the other one   what follows
//	proved               works, noted            -               nothing
//	works                works, not noted        -               verify, note
//	proved or works      works                   over its grace  disable it, later delete it
//	expires soon         works, last third       free            new one in the other slot
//	rotation due         works, too old          free            new one in the other slot
//	the two above        works                   in its grace    wait
//	disabled             disabled                -               enable, verify; if refused: new one
//	expired, refused     cannot log in           -               new one, never in place of one that works
//	no robot account     deleted                 -               new one
//	no login             unknown                 -               new one
//	(no Secret)          unknown                 -               new one
//
// The owner of a robot account decides what may be done to it. Only ours is retired;
// only ours, and an unmarked one that is refused, is replaced:
//
//	mark of the robot account              published by us   its Secret logs in  it is
//	our inventory                          any               any                 ours
//	our installation, another inventory    yes               any                 ours
//	our installation, another inventory    no                yes                 the predecessor's: adopted
//	our installation, another inventory    no                no                  foreign
//	another installation                   any               any                 foreign
//	none, or an earlier release's          yes               any                 ours
//	none, or an earlier release's          no                yes                 the predecessor's: adopted
//	none, or an earlier release's          no                no                  foreign
//
// "Published by us" means that the inventory has a fingerprint of the credential.
package credential

import (
	"slices"
	"strings"
)

// The types of Secrets, as Kubernetes calls them.
const (
	typeDockerConfig = "kubernetes.io/dockerconfigjson"
	typeOpaque       = "Opaque"
)

// Kind is what a credential is for, and how it is published.
type Kind struct {
	Name     string
	Secret   string // the Secret's name
	Type     string // the Secret's type
	DataKey  string // in the Secret
	Attached bool   // to the namespace's ServiceAccount
	Actions  []string
}

// Kinds are a team's credentials. Pushing includes pulling: a build begins with
// the layers of its base image.
func Kinds() []Kind {
	return []Kind{
		{"pull", "harbor-pullsecret", typeDockerConfig, ".dockerconfigjson", true, []string{"pull"}},
		{"push", "harbor-pushsecret", typeDockerConfig, ".dockerconfigjson", true, []string{"pull", "push"}},
		{"builds", "harbor-pushsecret-builds", typeOpaque, "config.json", false, []string{"pull", "push"}},
	}
}

// Key says which credential of which project is meant. The team's namespace has
// the project's name.
type Key struct {
	Project string
	Kind    Kind
}

// String is the credential's name in plans: team-a/pull.
func (k Key) String() string { return k.Project + "/" + k.Kind.Name }

// ParseKey is the reverse of String.
func ParseKey(name string) (k Key, found bool) {
	project, kind, _ := strings.Cut(name, "/")
	all := Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == kind })
	if i < 0 {
		return Key{}, false
	}
	return Key{project, all[i]}, true
}

// Project is the project of a credential's name.
func Project(name string) string {
	project, _, _ := strings.Cut(name, "/")
	return project
}

// Slot is one of the two robot accounts that a credential can have.
type Slot int8

// The slots; None where the Secret names no robot account of the credential.
const (
	None Slot = iota - 1
	A
	B
)

// Other is the other slot.
func (s Slot) Other() Slot { return B - s }

// Robot is the name of the robot account in a slot, without Harbor's prefix.
// That of the first slot is the predecessor's.
func (k Key) Robot(s Slot) string {
	name := k.Project + "-" + k.Kind.Name
	if s == B {
		name += "-b"
	}
	return name
}

// KeyOf is the reverse of Robot.
func KeyOf(robot string) (k Key, found bool) {
	robot = strings.TrimSuffix(robot, "-b")
	for _, kind := range Kinds() {
		if project, is := strings.CutSuffix(robot, "-"+kind.Name); is {
			return Key{project, kind}, true
		}
	}
	return Key{}, false
}

// SlotOf finds the slot that a user name means, whatever its prefix.
func (k Key) SlotOf(username string) Slot {
	for _, s := range []Slot{A, B} {
		if strings.HasSuffix(username, k.Robot(s)) {
			return s
		}
	}
	return None
}
