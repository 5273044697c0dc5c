package transport

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list is a server's: it gives at most limit items a page, whatever is asked for.
type list struct {
	items []int
	limit int
	asked []Page
}

func (l *list) page(p Page) ([]int, error) {
	l.asked = append(l.asked, p)
	begin := min((p.Number-1)*min(p.Size, l.limit), len(l.items))
	return l.items[begin:min(begin+min(p.Size, l.limit), len(l.items))], nil
}

func numbers(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
	}
	return all
}

func TestAll(t *testing.T) {
	cases := map[string]struct {
		reason string
		length int
		asked  []Page
	}{
		"Empty":         {"one reading is enough", 0, []Page{{1, 0, 2}}},
		"ShortPage":     {"a short page is the last", 1, []Page{{1, 0, 2}}},
		"ExactMultiple": {"a full page may not be the last", 2, []Page{{1, 0, 2}, {2, 2, 2}}},
		"Two":           {"the second page is short", 3, []Page{{1, 0, 2}, {2, 2, 2}}},
		"Three":         {"an exact multiple again", 4, []Page{{1, 0, 2}, {2, 2, 2}, {3, 4, 2}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := list{items: numbers(tc.length), limit: 100}
			got, err := All(2, l.page)
			if err != nil || !slices.Equal(got, l.items) {
				t.Errorf("every item once and in order: %v, %v", got, err)
			}
			if diff := cmp.Diff(tc.asked, l.asked); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAllCapped(t *testing.T) {
	cases := map[string]struct {
		reason string
		length int
		size   int
		limit  int
		asked  []Page
	}{
		"Empty":         {"one reading is enough", 0, 5, 2, []Page{{1, 0, 5}}},
		"Short":         {"a first page that is not full may be cut", 1, 5, 2, []Page{{1, 0, 5}, {2, 1, 5}}},
		"JustTheLimit":  {"a first page as long as the limit may be cut", 2, 5, 2, []Page{{1, 0, 5}, {2, 2, 5}}},
		"Cut":           {"the first page shows the limit", 3, 5, 2, []Page{{1, 0, 5}, {2, 2, 5}}},
		"ExactMultiple": {"only an empty page tells the end", 4, 5, 2, []Page{{1, 0, 5}, {2, 2, 5}, {3, 4, 5}}},
		"NotCut":        {"a limit above the size does not show", 3, 2, 50, []Page{{1, 0, 2}, {2, 2, 2}}},
		"SameAsLimit":   {"the size is the limit", 4, 2, 2, []Page{{1, 0, 2}, {2, 2, 2}, {3, 4, 2}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := list{items: numbers(tc.length), limit: tc.limit}
			got, err := AllCapped(tc.size, l.page)
			if err != nil || !slices.Equal(got, l.items) {
				t.Errorf("every item once and in order: %v, %v", got, err)
			}
			if diff := cmp.Diff(tc.asked, l.asked); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAllCounted(t *testing.T) {
	cases := map[string]struct {
		reason        string
		length, total int
		asked         []Page
	}{
		"Empty":         {"a total of 0 says nothing", 0, 0, []Page{{1, 0, 5}}},
		"Short":         {"the total tells the end of what may be cut", 1, 1, []Page{{1, 0, 5}}},
		"ExactMultiple": {"and of a full page", 4, 4, []Page{{1, 0, 5}, {2, 2, 5}}},
		"Cut":           {"pages go on until then", 3, 3, []Page{{1, 0, 5}, {2, 2, 5}}},
		"Unsaid":        {"without a total the end must show", 2, 0, []Page{{1, 0, 5}, {2, 2, 5}}},
		"TooHigh":       {"a total that is never reached does no harm", 3, 9, []Page{{1, 0, 5}, {2, 2, 5}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := list{items: numbers(tc.length), limit: 2}
			got, err := AllCounted(5, func(p Page) ([]int, int, error) {
				items, err := l.page(p)
				return items, tc.total, err
			})
			if err != nil || !slices.Equal(got, l.items) {
				t.Errorf("every item once and in order: %v, %v", got, err)
			}
			if diff := cmp.Diff(tc.asked, l.asked); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
	errBoom := errors.New("boom")
	if got, err := AllCounted(5, func(Page) ([]int, int, error) { return []int{1}, 7, errBoom }); got != nil || !errors.Is(err, errBoom) {
		t.Errorf("half a list is not a list: %v, %v", got, err)
	}
}

func TestAllFails(t *testing.T) {
	errBoom := errors.New("boom")
	cases := map[string]struct {
		reason string
		page   func(Page) ([]int, error)
		is     error
		text   string
	}{
		"FirstPage": {
			"the error is kept", func(Page) ([]int, error) { return nil, errBoom }, errBoom, "reading page 1: boom",
		},
		"LaterPage": {
			"half a list is not a list",
			func(p Page) ([]int, error) {
				if p.Number == 2 {
					return []int{3}, errBoom
				}
				return []int{1, 2}, nil
			}, errBoom, "reading page 2: boom",
		},
		"TooLong": {
			"the server does not page as asked",
			func(Page) ([]int, error) { return []int{1, 2, 3}, nil }, nil, "reading page 1: asked for 2 items, got 3",
		},
		"Endless": {
			"a server that ignores the page number",
			func(Page) ([]int, error) { return []int{1, 2}, nil }, errEndless, "reading 10000 pages: the list does not end",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for pager, all := range map[string]func(int, func(Page) ([]int, error)) ([]int, error){"All": All[int], "AllCapped": AllCapped[int]} {
				got, err := all(2, tc.page)
				if got != nil || err == nil || err.Error() != tc.text || tc.is != nil && !errors.Is(err, tc.is) {
					t.Errorf("%s: %s gives %v, %v", tc.reason, pager, got, err)
				}
			}
		})
	}
}
