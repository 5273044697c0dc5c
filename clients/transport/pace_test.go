package transport

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachPaced(t *testing.T) {
	const soon, late = 10 * time.Millisecond, 100 * time.Millisecond
	cases := map[string]struct {
		reason string
		length int
		takes  []time.Duration // the pages, one after the other; all others come soon
		asked  []int           // sizes
	}{
		"Quick":     {"pages grow to the maximum", 700, nil, []int{10, 40, 160, 200, 200, 200}},
		"Slow":      {"and shrink to the minimum", 30, []time.Duration{late, late, late, late}, []int{10, 5, 5, 5, 5, 5}},
		"FirstSlow": {"what was slow once is not asked for again", 22, []time.Duration{late}, []int{10, 5, 5, 5}},
		"LateSlow":  {"as far as the server was quick", 500, []time.Duration{soon, soon, late}, []int{10, 40, 160, 40, 40, 40, 40, 40, 40, 40, 40}},
		"OnePage":   {"a short page is the last one", 9, nil, []int{10}},
		"Full":      {"a full page may not be the last one", 50, nil, []int{10, 40, 160}},
		"Empty":     {"no items", 0, nil, []int{10}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(0, 0)
			pace := &Pace{Size: 10, Least: 5, Most: 200, Soon: 50 * time.Millisecond, Now: func() time.Time { return now }}
			items, asked, got := numbers(tc.length), []int{}, []int(nil)
			err := EachPaced(pace, func(p Page) ([]int, error) {
				if n := p.Number - 1; n < len(tc.takes) {
					now = now.Add(tc.takes[n])
				}
				asked = append(asked, p.Size)
				return items[p.Offset:min(p.Offset+p.Size, len(items))], nil
			}, func(page []int) { got = append(got, page...) })
			if err != nil || !slices.Equal(got, items) {
				t.Errorf("every item once and in order: %v, %v", got, err)
			}
			if diff := cmp.Diff(tc.asked, asked); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
