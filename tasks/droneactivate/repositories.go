package droneactivate

import (
	"strings"

	"otomi.io/tasks/clients/drone"
)

// repositories are those that Drone shows our user. A repository has three names:
//
//	in the values       any spelling: Gitea ignores case
//	in Drone (its slug) the spelling of Gitea at the last sync: Drone does not ignore case
//	its number          Gitea's, which stays when it is renamed
type repositories struct {
	shown  map[string]*drone.Repo // by slug in lower case
	byUID  map[string]string      // slug by number
	wanted map[string]string      // name in the values, by name in lower case
	known  map[string]string      // number by name, as our inventory has it
}

func newRepositories(shown []*drone.Repo, wanted map[string]Repo, known map[string]string) repositories {
	r := repositories{wanted: map[string]string{}, known: known}
	for name := range wanted {
		r.wanted[strings.ToLower(name)] = name
	}
	r.replace(shown)
	return r
}

// replace takes another list of Drone's.
func (r *repositories) replace(shown []*drone.Repo) {
	r.shown, r.byUID = map[string]*drone.Repo{}, map[string]string{}
	for _, one := range shown {
		r.shown[strings.ToLower(one.Slug)] = one
		r.byUID[one.UID] = one.Slug
	}
}

// get is a repository as Drone shows it; nil where it shows none.
func (r repositories) get(name string) *drone.Repo { return r.shown[strings.ToLower(name)] }

func (r repositories) shows(name string) bool { return r.get(name) != nil }

// uid is Gitea's number of a repository, "" where Drone shows none.
func (r repositories) uid(name string) string {
	if one := r.get(name); one != nil {
		return one.UID
	}
	return ""
}

// slug is what Drone calls a repository, or the name itself where it shows none.
func (r repositories) slug(name string) string {
	if one := r.get(name); one != nil {
		return one.Slug
	}
	return name
}

// name is what our states call a repository: as the values do, else as Drone does.
func (r repositories) name(slug string) string {
	if name, ok := r.wanted[strings.ToLower(slug)]; ok {
		return name
	}
	return r.slug(slug)
}

// now is what our states call a repository that our inventory names: its number
// finds it where it was renamed.
func (r repositories) now(recorded string) string {
	if slug, ok := r.byUID[r.known[recorded]]; ok {
		return r.name(slug)
	}
	return r.name(recorded)
}

// claim is an object of ours: the keys that our inventory has it under, and the
// team that it belongs to. A repository that was renamed has several.
type claim struct {
	recorded []string
	team     string
}

// claims are a part of our inventory by the names of our states. Its keys are
// names of repositories, or begin with one.
func (r repositories) claims(notes map[string]string) map[string]claim {
	all := map[string]claim{}
	for key, team := range notes {
		name := r.key(key)
		all[name] = claim{append(all[name].recorded, key), team}
	}
	return all
}

// key gives the key of an object of a repository the name of our states.
func (r repositories) key(key string) string {
	namespace, rest := split(key)
	repo, part, isPart := strings.Cut(rest, "/")
	name := r.now(namespace + "/" + repo)
	if isPart {
		name += "/" + part
	}
	return name
}

// renamed says of which repositories nothing must be changed, and why: ours that
// were renamed at Gitea, under the old name and under the new one. It ends
// when the values use the new name.
func (r repositories) renamed() map[string]string {
	reasons := map[string]string{}
	for recorded, uid := range r.known {
		slug, ok := r.byUID[uid]
		if _, follows := r.wanted[strings.ToLower(slug)]; !ok || follows || strings.EqualFold(slug, recorded) {
			continue
		}
		reason := renamedTo(recorded, slug)
		reasons[r.name(recorded)], reasons[r.name(slug)] = reason, reason
	}
	return reasons
}

// renameRemedy is up to a person: the task cannot know which name is meant.
const renameRemedy = "use that name in the values, or rename it back"

func renamedTo(from, to string) string {
	e := RenamedError{From: from, To: to}
	return e.Error()
}

func split(slug string) (namespace, repo string) {
	namespace, repo, _ = strings.Cut(slug, "/")
	return namespace, repo
}

// cutName parts the key of an object into its parent and its name.
func cutName(key string) (parent, name string) {
	i := strings.LastIndex(key, "/")
	return key[:i], key[i+1:]
}
