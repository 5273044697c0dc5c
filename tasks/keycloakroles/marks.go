package keycloakroles

import (
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
)

// An installation marks what it makes with two attributes:
//
//	managed-by   installation     whose
//	otomi-tasks  this one         ours
//	otomi-tasks  another one      foreign
//	otomi-tasks  (absent)         an earlier release's: adopted
//	(absent)     -                the predecessor's where it has its shape, else foreign
const (
	markKey         = "managed-by"
	markValue       = "otomi-tasks"
	installationKey = "otomi-tasks.installation"
	// membersKey lists, on a group, the users whose membership we gave.
	membersKey = "otomi-tasks.members"
	// declaredKey lists, on a realm, the optional settings that the last run
	// declared: one that the values no longer have is reset.
	declaredKey = "otomi-tasks.declared"
	// redirectsKey is, on a client, the digest of the redirect URIs that the last
	// run declared.
	redirectsKey = "otomi-tasks.redirectUris"
)

// mark is what an object says of its owner.
type mark struct{ managedBy, installation string }

func markOf(attributes map[string]string) mark {
	return mark{attributes[markKey], attributes[installationKey]}
}

// markOfList reads the attributes of roles and groups, which have several values.
func markOfList(attributes map[string][]string) mark {
	m := mark{installation: strings.Join(attributes[installationKey], "")}
	if slices.Contains(attributes[markKey], markValue) {
		m.managedBy = markValue
	}
	return m
}

// ownership classifies an object. An unmarked one is of the given class.
func (a *Application) ownership(m mark, unmarked plan.Ownership) (plan.Ownership, *plan.Extra) {
	switch {
	case m.managedBy != markValue:
		return unmarked, nil
	case m.installation == a.setting.Installation:
		return plan.Ours, nil
	case m.installation == "":
		return plan.Predecessor, nil
	default:
		return plan.Foreign, &plan.Extra{Owner: m.installation}
	}
}

// marks are the attributes that say an object is ours.
func (a *Application) marks() map[string]string {
	return map[string]string{markKey: markValue, installationKey: a.setting.Installation}
}

// markList is marks for roles and groups. An empty value clears a former mark.
func (a *Application) markList() map[string][]string {
	list := map[string][]string{}
	for key, text := range a.marks() {
		list[key] = []string{text}
	}
	return list
}

// predecessorIf is Predecessor, or else Foreign.
func predecessorIf(shape bool) plan.Ownership {
	if shape {
		return plan.Predecessor
	}
	return plan.Foreign
}
