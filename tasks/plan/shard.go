package plan

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Shard is one of several parts of all objects: what as many runs do side by
// side. The zero value is everything.
type Shard struct {
	// Index counts from 0, Count is the number of shards.
	Index, Count int
}

// maxShards bounds Count: a typo must not leave most teams without a shard.
const maxShards = 1000

// ParseShard reads "index/count"; "" and "0/1" are everything.
func ParseShard(text string) (Shard, error) {
	if text == "" {
		return Shard{}, nil
	}
	index, count, _ := strings.Cut(text, "/")
	i, iErr := strconv.ParseUint(index, 10, 31)
	n, nErr := strconv.ParseUint(count, 10, 31)
	if iErr != nil || nErr != nil || i >= n || n > maxShards {
		return Shard{}, fmt.Errorf("parsing shard %q: want i/n, where i counts from 0 and is less than n, and n is at most %d", text, maxShards)
	}
	if n == 1 {
		return Shard{}, nil
	}
	return Shard{Index: int(i), Count: int(n)}, nil
}

// String gives "index/count", "" for everything.
func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Holds tells whether the objects of a team are in this shard: those whose id
// has the FNV-1a hash (32 bit) that is Index modulo Count. The platform's own
// objects, without a team, are in shard 0.
func (s Shard) Holds(team string) bool {
	if s.Count == 0 {
		return true
	}
	return s.of(team) == s.Index
}

func (s Shard) of(team string) int {
	if team == "" {
		return 0
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(team))            // a hash takes everything
	return int(hash.Sum32() % uint32(s.Count)) //nolint:gosec // at most maxShards
}

// holds is about an object: of several teams the first by name decides.
func (s Shard) holds(m Meta) bool { return s.Holds(m.first()) }

// first is the first by name of an object's teams; "" for the platform's.
func (m Meta) first() string {
	if m.Team == "" {
		return ""
	}
	return slices.Min(m.Teams())
}

// Prerequisites is what a whole plan leaves to other shards and what changes of this
// one may depend on: creates and updates of the platform's own objects, and creates
// of objects that a team of this shard shares with others.
func Prerequisites(p Plan, shard Shard) []Line {
	if shard.Count == 0 {
		return nil
	}
	var lines []Line
	for _, set := range p.Kinds() {
		lines = append(lines, set.prerequisites(shard)...)
	}
	return lines
}

func (k *Kind[T]) prerequisites(shard Shard) []Line {
	var lines []Line
	for _, c := range k.Changes {
		m := c.meta()
		platform := m.Team == "" && c.Action != Delete
		shared := c.Action == Create && slices.ContainsFunc(m.Teams(), shard.Holds)
		if c.Blocked == "" && (platform || shared) && !shard.holds(m) {
			lines = append(lines, k.Line(c))
		}
	}
	return lines
}
